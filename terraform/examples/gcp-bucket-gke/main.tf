# A bucket alone, and an identity for the registry in a GKE cluster (deploy/kubernetes/overlays/gcp, deploy/helm).

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
  project = "example-project"
  region  = "europe-west3"
}

module "bucket" {
  source = "../../modules/gcp-bucket"

  project     = "example-project"
  bucket_name = "registry-of-example-com"
  location    = "EUROPE-WEST3"
  kubernetes  = {}
}

output "environment" {
  description = "What the registry needs to know about the bucket."
  value       = module.bucket.environment
}

output "next_steps" {
  description = "What to type next."
  value       = module.bucket.next_steps
}
