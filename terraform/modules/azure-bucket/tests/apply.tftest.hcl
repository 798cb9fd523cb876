mock_provider "azurerm" {
  mock_resource "azurerm_storage_account" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/registry/providers/Microsoft.Storage/storageAccounts/registryexample" }
  }
  mock_resource "azurerm_user_assigned_identity" {
    defaults = { client_id = "11111111-2222-3333-4444-555555555555" }
  }
}

variables {
  resource_group_name  = "registry"
  storage_account_name = "registryexample"
}

run "bucket" {
  assert {
    condition     = !azurerm_storage_account.this[0].shared_access_key_enabled && !azurerm_storage_account.this[0].allow_nested_items_to_be_public
    error_message = "There are no keys to leak, and nothing is public."
  }
}

run "existing" {
  variables {
    existing_storage_account_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/other/providers/Microsoft.Storage/storageAccounts/registryexample"
    allowed_subnet_ids          = ["/subscriptions/0/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/v/subnets/s"]
  }

  assert {
    condition     = length(azurerm_storage_account.this) == 0 && endswith(azurerm_role_assignment.objects.scope, "/containers/registry")
    error_message = "An account that exists keeps its settings."
  }
}

run "refuses_mistakes" {
  command         = plan
  expect_failures = [var.storage_account_name, var.container_name, var.location, var.replication_type, var.soft_delete_days]

  variables {
    storage_account_name = "Registry-1"
    container_name       = "a--b"
    location             = "Germany West Central"
    replication_type     = "ZSR"
    soft_delete_days     = 400
  }
}
