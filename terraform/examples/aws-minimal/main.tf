# A registry on AWS with a network of its own: load balancer, two tasks and more when needed, a bucket.
#
#   htpasswd -Bn alice > htpasswd
#   aws secretsmanager create-secret --name registry-htpasswd --secret-string file://htpasswd
#   cp terraform.tfvars.example terraform.tfvars          and fill it in
#   terraform init && terraform apply

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
  region = var.region

  default_tags {
    tags = { Application = "registry" }
  }
}

variable "region" {
  description = "The region, such as eu-central-1."
  type        = string
}

variable "domain_name" {
  description = "The registry's name, such as registry.example.com."
  type        = string
}

variable "zone_id" {
  description = "The Route 53 zone of domain_name."
  type        = string
}

variable "image" {
  description = "Moorage's image, with its tag or digest."
  type        = string
}

variable "ecr_repository_arns" {
  description = "The ECR repository that it is pulled from. Empty: it is elsewhere."
  type        = list(string)
  default     = []
}

variable "htpasswd_secret_arn" {
  description = "The secret with the passwords."
  type        = string
}

# Made anew in each run, written once, kept nowhere else.
ephemeral "aws_secretsmanager_random_password" "http" {
  password_length     = 64
  exclude_punctuation = true
}

module "registry" {
  source = "../../modules/aws"

  domain_name         = var.domain_name
  zone_id             = var.zone_id
  image               = var.image
  ecr_repository_arns = var.ecr_repository_arns
  http_secret         = ephemeral.aws_secretsmanager_random_password.http.random_password
  auth                = { htpasswd_secret_arn = var.htpasswd_secret_arn }
}

output "registry_url" {
  description = "Where clients go."
  value       = module.registry.registry_url
}

output "next_steps" {
  description = "What to type next."
  value       = module.registry.next_steps
}
