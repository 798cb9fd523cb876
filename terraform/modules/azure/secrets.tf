resource "azurerm_key_vault" "this" {
  name                       = var.key_vault_name
  resource_group_name        = local.resource_group_name
  location                   = var.location
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 7
  tags                       = var.tags
}

# Whoever applies this writes the secret.
resource "azurerm_role_assignment" "writer" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = data.azurerm_client_config.current.object_id
  description          = "Writes the registry's secret"
}

resource "azurerm_role_assignment" "reader" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = module.bucket.principal_id
  principal_type       = "ServicePrincipal"
  description          = "The registry reads its secrets"
}

# Uploads are signed with it by all replicas. Its content is written, and never read: it is not in the state.
resource "azurerm_key_vault_secret" "http" {
  name             = "${var.name}-http"
  key_vault_id     = azurerm_key_vault.this.id
  content_type     = "What the registry's replicas sign uploads with"
  value_wo         = var.http_secret
  value_wo_version = var.http_secret_version

  depends_on = [azurerm_role_assignment.writer]
}
