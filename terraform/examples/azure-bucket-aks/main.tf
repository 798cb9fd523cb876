# A container alone, and an identity for the registry in an AKS cluster (deploy/kubernetes/overlays/azure, deploy/helm).

terraform {
  required_version = ">= 1.11"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.40, < 5.0"
    }
  }

  # Where the state is kept; an account of its own, not the registry's.
  # backend "azurerm" {
  #   resource_group_name  = "terraform"
  #   storage_account_name = "terraformstateexample"
  #   container_name       = "state"
  #   key                  = "registry.tfstate"
  #   use_azuread_auth     = true
  # }
}

provider "azurerm" {
  subscription_id     = "00000000-0000-0000-0000-000000000000"
  storage_use_azuread = true

  features {}
}

module "bucket" {
  source = "../../modules/azure-bucket"

  resource_group_name  = "registry"
  location             = "germanywestcentral"
  storage_account_name = "registryexample"
}

output "environment" {
  description = "What the registry needs to know about the bucket."
  value       = module.bucket.environment
}

output "next_steps" {
  description = "What to type next."
  value       = module.bucket.next_steps
}
