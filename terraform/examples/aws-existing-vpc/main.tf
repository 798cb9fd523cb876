# A registry in a VPC that is there already, over a bucket that CNCF distribution has filled.

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

module "registry" {
  source = "../../modules/aws"

  domain_name     = "registry.example.com"
  certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
  image           = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/moorage:1.0"
  http_secret     = ephemeral.aws_secretsmanager_random_password.http.random_password
  auth            = { htpasswd_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry-htpasswd-AbCdEf" }

  vpc_id                  = "vpc-0123456789abcdef0"
  public_subnet_ids       = ["subnet-00000000000000001", "subnet-00000000000000002"]
  private_subnet_ids      = ["subnet-00000000000000003", "subnet-00000000000000004"]
  private_route_table_ids = ["rtb-00000000000000001"]

  existing_bucket = "images-of-distribution"

  # Where it kept them, if not at the top.
  environment = { REGISTRY_STORAGE_S3_ROOTDIRECTORY = "/registry" }
}

output "next_steps" {
  description = "What to type next."
  value       = module.registry.next_steps
}
