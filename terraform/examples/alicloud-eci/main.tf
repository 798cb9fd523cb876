# A registry on Alibaba Cloud: container instances behind a load balancer, a bucket. Its secrets are made before, in KMS:
#
#   aliyun ram CreateUser --UserName registry && aliyun ram CreateAccessKey --UserName registry
#   aliyun kms CreateSecret --SecretName registry-access-key-id --VersionId 1 --SecretData …
#   aliyun kms CreateSecret --SecretName registry-access-key-secret --VersionId 1 --SecretData …
#   aliyun kms CreateSecret --SecretName registry-http --VersionId 1 --SecretData $(openssl rand -hex 32)
#   aliyun kms CreateSecret --SecretName registry-htpasswd --VersionId 1 --SecretData "$(htpasswd -Bn alice)"
#   cp terraform.tfvars.example terraform.tfvars          and fill it in
#   terraform init && terraform apply

terraform {
  required_version = ">= 1.11"

  required_providers {
    alicloud = {
      source  = "aliyun/alicloud"
      version = ">= 1.260, < 2.0"
    }
  }

  # Where the state is kept; a bucket of its own, not the registry's.
  # backend "oss" {
  #   bucket = "terraform-state-of-example-com"
  #   prefix = "registry"
  #   region = "eu-central-1"
  # }
}

provider "alicloud" {
  region = var.region
}

variable "region" {
  description = "The region, such as eu-central-1."
  type        = string
}

variable "bucket_name" {
  description = "The bucket's name."
  type        = string
}

variable "domain_name" {
  description = "The registry's name, such as registry.example.com."
  type        = string
}

variable "certificate_id" {
  description = "The certificate for it."
  type        = string
}

variable "image" {
  description = "Moorage's image, with its tag or digest, by its address in the VPC."
  type        = string
}

module "registry" {
  source = "../../modules/alicloud"

  region         = var.region
  bucket_name    = var.bucket_name
  domain_name    = var.domain_name
  certificate_id = var.certificate_id
  image          = var.image

  secrets = {
    http_secret       = "registry-http"
    access_key_id     = "registry-access-key-id"
    access_key_secret = "registry-access-key-secret"
    htpasswd          = "registry-htpasswd"
  }
}

output "registry_url" {
  description = "Where clients go."
  value       = module.registry.registry_url
}

output "next_steps" {
  description = "What to type next."
  value       = module.registry.next_steps
}
