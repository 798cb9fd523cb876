# A bucket alone, and a role for the registry in an EKS cluster (deploy/kubernetes/overlays/aws, deploy/helm).

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

module "bucket" {
  source = "../../modules/aws-bucket"

  bucket_name = "registry-of-example-com"

  kubernetes = {
    oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF"
    oidc_issuer_url   = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF"
  }
}

output "environment" {
  description = "What the registry needs to know about the bucket."
  value       = module.bucket.environment
}

output "next_steps" {
  description = "What to type next."
  value       = module.bucket.next_steps
}
