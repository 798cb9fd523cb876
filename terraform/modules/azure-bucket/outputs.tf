output "bucket_name" {
  description = "The container's name."
  value       = var.container_name
}

output "storage_account_name" {
  description = "The storage account's name."
  value       = var.storage_account_name
}

output "storage_account_id" {
  description = "The storage account's id."
  value       = local.account_id
}

output "identity" {
  description = "Who reads and writes the container: the identity's client id."
  value       = azurerm_user_assigned_identity.this.client_id
}

output "identity_id" {
  description = "The identity, as other resources want it."
  value       = azurerm_user_assigned_identity.this.id
}

output "principal_id" {
  description = "The identity, as role assignments want it."
  value       = azurerm_user_assigned_identity.this.principal_id
}

output "environment" {
  description = "What the registry needs to know about the container, as variables. AZURE_CLIENT_ID says which identity is meant."
  value = merge(
    {
      AZURE_CLIENT_ID                    = azurerm_user_assigned_identity.this.client_id
      REGISTRY_STORAGE                   = "azure"
      REGISTRY_STORAGE_AZURE_ACCOUNTNAME = var.storage_account_name
      REGISTRY_STORAGE_AZURE_CONTAINER   = var.container_name
      REGISTRY_STORAGE_AZURE_CREDENTIALS = jsonencode({ type = "default_credentials" })
      # Azure drops parts that belong to nothing after a week.
      REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE = "144h"
    },
    # Clients out there could not follow a redirect.
    length(var.allowed_subnet_ids) == 0 ? {} : { REGISTRY_STORAGE_REDIRECT_DISABLE = "true" },
  )
}

output "next_steps" {
  description = "What to type next."
  value = join("\n", [
    "Let your compute have the identity, a virtual machine for instance:",
    "  az vm identity assign --resource-group ${var.resource_group_name} --name MACHINE --identities ${azurerm_user_assigned_identity.this.id}",
    "or, in AKS with workload identity, annotate the service account with",
    "  azure.workload.identity/client-id: ${azurerm_user_assigned_identity.this.client_id}",
    "and give the registry the variables of the output environment:",
    "  terraform output -json environment",
  ])
}
