locals {
  create       = var.existing_storage_account_id == null
  account_id   = local.create ? azurerm_storage_account.this[0].id : var.existing_storage_account_id
  container_id = local.create ? azurerm_storage_container.this[0].id : "${local.account_id}/blobServices/default/containers/${var.container_name}"
}

resource "azurerm_storage_account" "this" {
  count = local.create ? 1 : 0

  name                             = var.storage_account_name
  resource_group_name              = var.resource_group_name
  location                         = var.location
  account_kind                     = "StorageV2"
  account_tier                     = "Standard"
  account_replication_type         = var.replication_type
  access_tier                      = "Hot"
  min_tls_version                  = "TLS1_2"
  https_traffic_only_enabled       = true
  allow_nested_items_to_be_public  = false
  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  cross_tenant_replication_enabled = false
  local_user_enabled               = false
  # A hierarchy of directories lists in another order, and needs empty ones to be removed.
  is_hns_enabled = false
  tags           = var.tags

  blob_properties {
    versioning_enabled = false

    dynamic "delete_retention_policy" {
      for_each = var.soft_delete_days == 0 ? [] : [var.soft_delete_days]

      content {
        days = delete_retention_policy.value
      }
    }
  }

  dynamic "network_rules" {
    for_each = length(var.allowed_subnet_ids) == 0 ? [] : [var.allowed_subnet_ids]

    content {
      default_action             = "Deny"
      bypass                     = ["AzureServices"]
      virtual_network_subnet_ids = network_rules.value
    }
  }
}

# No management policy: Azure drops blocks that belong to nothing after a week by itself, and nothing here may expire.
resource "azurerm_storage_container" "this" {
  count = local.create ? 1 : 0

  name                  = var.container_name
  storage_account_id    = azurerm_storage_account.this[0].id
  container_access_type = "private"
}

resource "azurerm_user_assigned_identity" "this" {
  name                = var.identity_name
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}

resource "azurerm_role_assignment" "objects" {
  scope                = local.container_id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
  principal_type       = "ServicePrincipal"
  description          = "The registry reads and writes its container"
}

# To sign URLs: keys for that are the account's to give, not the container's.
resource "azurerm_role_assignment" "sign" {
  scope                = local.account_id
  role_definition_name = "Storage Blob Delegator"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
  principal_type       = "ServicePrincipal"
  description          = "The registry signs URLs"
}
