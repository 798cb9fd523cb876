# A bucket alone, for a registry in ACK (deploy/kubernetes/overlays/alicloud, deploy/helm) or on machines of your own.

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
  region = "eu-central-1"
}

module "bucket" {
  source = "../../modules/alicloud-bucket"

  bucket_name = "registry-of-example-com"
  region      = "eu-central-1"
  internal    = true
}

output "environment" {
  description = "What the registry needs to know about the bucket."
  value       = module.bucket.environment
}

output "next_steps" {
  description = "What to type next."
  value       = module.bucket.next_steps
}
