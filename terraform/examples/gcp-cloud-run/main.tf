# A registry on Google Cloud: Cloud Run behind a load balancer, a bucket.
#
#   htpasswd -Bn alice | gcloud secrets create registry-htpasswd --data-file=-
#   export TF_VAR_http_secret=$(openssl rand -hex 32)     any new one will do later: it is written once
#   cp terraform.tfvars.example terraform.tfvars          and fill it in
#   terraform init && terraform apply

terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8.0"
    }
  }

  # Where the state is kept; a bucket of its own, not the registry's.
  # backend "gcs" {
  #   bucket = "terraform-state-of-example-com"
  #   prefix = "registry"
  # }
}

provider "google" {
  project = var.project
  region  = "europe-west3"
}

variable "project" {
  description = "The id of the project."
  type        = string
}

variable "domain_name" {
  description = "The registry's name, such as registry.example.com."
  type        = string
}

variable "image" {
  description = "Moorage's image, with its tag or digest."
  type        = string
}

variable "http_secret" {
  description = "What uploads are signed with."
  type        = string
  ephemeral   = true
}

module "registry" {
  source = "../../modules/gcp"

  project     = var.project
  region      = "europe-west3"
  domain_name = var.domain_name
  image       = var.image
  http_secret = var.http_secret
  auth        = { htpasswd_secret_id = "registry-htpasswd" }
}

output "registry_url" {
  description = "Where clients go."
  value       = module.registry.registry_url
}

output "next_steps" {
  description = "What to type next."
  value       = module.registry.next_steps
}
