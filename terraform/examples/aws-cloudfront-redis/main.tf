# A registry for many: blobs from CloudFront, a shared cache, tasks on Spot, alarms.
#
#   openssl ecparam -name prime256v1 -genkey -noout -out cloudfront.key
#   openssl ec -in cloudfront.key -pubout -out cloudfront.pub
#   aws secretsmanager create-secret --name registry-cloudfront --secret-string file://cloudfront.key

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90, < 7.0"
    }
  }

  # Where the state is kept; a bucket of its own, not the registry's.
  # backend "s3" {
  #   bucket       = "terraform-state-of-example-com"
  #   key          = "registry.tfstate"
  #   region       = "eu-central-1"
  #   use_lockfile = true
  # }
}

provider "aws" {
  region = "eu-central-1"
}

ephemeral "aws_secretsmanager_random_password" "http" {
  password_length     = 64
  exclude_punctuation = true
}

variable "cloudfront_public_key" {
  description = "What cloudfront.pub holds."
  type        = string
}

module "registry" {
  source = "../../modules/aws"

  domain_name = "registry.example.com"
  zone_id     = "Z0123456789ABCDEFGHIJ"
  image       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/moorage:1.0"
  http_secret = ephemeral.aws_secretsmanager_random_password.http.random_password
  auth        = { htpasswd_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry-htpasswd-AbCdEf" }

  nat_gateways        = "per_az"
  replicas            = { min = 3, max = 20 }
  spot_weight         = 3
  requests_per_target = 3000
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:alarms"]
  redis               = { enabled = true }

  cloudfront = {
    enabled                = true
    public_key_pem         = var.cloudfront_public_key
    private_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry-cloudfront-AbCdEf"
  }
}

output "next_steps" {
  description = "What to type next."
  value       = module.registry.next_steps
}
