# A registry on Azure: Container Apps, a container for its bytes, a key vault.
#
#   export TF_VAR_http_secret=$(openssl rand -hex 32)     any new one will do later: it is written once
#   cp terraform.tfvars.example terraform.tfvars          and fill it in
#   terraform init && terraform apply -target=module.registry.azurerm_key_vault.this
#   htpasswd -Bn alice > htpasswd
#   az keyvault secret set --vault-name registry-example --name htpasswd --file htpasswd
#   terraform apply

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
  subscription_id = var.subscription_id
  # Accounts have no keys to sign in with.
  storage_use_azuread = true

  features {}
}

variable "subscription_id" {
  description = "The id of the subscription."
  type        = string
}

variable "storage_account_name" {
  description = "The storage account's name."
  type        = string
}

variable "key_vault_name" {
  description = "The key vault's name."
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
  source = "../../modules/azure"

  location             = "germanywestcentral"
  storage_account_name = var.storage_account_name
  key_vault_name       = var.key_vault_name
  image                = var.image
  http_secret          = var.http_secret
  auth                 = { htpasswd_secret_url = "https://${var.key_vault_name}.vault.azure.net/secrets/htpasswd" }
}

output "registry_url" {
  description = "Where clients go."
  value       = module.registry.registry_url
}

output "next_steps" {
  description = "What to type next."
  value       = module.registry.next_steps
}
