data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "this" {
  count = var.resource_group_name == null ? 1 : 0

  name     = var.name
  location = var.location
  tags     = var.tags
}

locals {
  resource_group_name = var.resource_group_name == null ? azurerm_resource_group.this[0].name : var.resource_group_name
  port                = 5000
  secret_directory    = "/run/registry"
}

module "bucket" {
  source = "../azure-bucket"

  resource_group_name         = local.resource_group_name
  location                    = var.location
  storage_account_name        = var.storage_account_name
  container_name              = var.container_name
  existing_storage_account_id = var.existing_storage_account_id
  replication_type            = var.replication_type
  identity_name               = var.name
  soft_delete_days            = var.soft_delete_days
  allowed_subnet_ids          = var.allowed_subnet_ids
  tags                        = var.tags
}

locals {
  environment = merge(
    module.bucket.environment,
    {
      NODE_ENV                     = "production"
      REGISTRY_HTTP_ADDR           = ":${local.port}"
      REGISTRY_HTTP_TRUSTEDPROXIES = "uniquelocal,100.100.0.0/16"
      # Container Apps' ingress gives connections up after 240 s.
      REGISTRY_HTTP_KEEPALIVETIMEOUT  = "620s"
      REGISTRY_HTTP_DRAINDELAY        = "${local.drain_delay}s"
      REGISTRY_HTTP_DRAINTIMEOUT      = "${local.drain_timeout}s"
      REGISTRY_STORAGE_DELETE_ENABLED = tostring(var.allow_delete)
      REGISTRY_LOG_FORMATTER          = "json"
      REGISTRY_LOG_ACCESSLOG_DISABLED = "true"
    },
    var.auth.mode == "htpasswd" ? {
      REGISTRY_AUTH                = "htpasswd"
      REGISTRY_AUTH_HTPASSWD_PATH  = "${local.secret_directory}/htpasswd"
      REGISTRY_AUTH_HTPASSWD_REALM = var.auth.realm
    } : {},
    var.auth.mode == "none" ? { REGISTRY_AUTH = "none" } : {},
    var.environment,
  )

  drain_delay   = 15
  drain_timeout = 220
  stop_timeout  = 240

  # Key Vault names allow letters, digits and hyphens.
  secret_names = merge(
    { REGISTRY_HTTP_SECRET = "http-secret" },
    { for name in keys(var.extra_secrets) : name => lower(replace(name, "_", "-")) },
  )
  secret_urls = merge(
    { "http-secret" = "${azurerm_key_vault.this.vault_uri}secrets/${azurerm_key_vault_secret.http.name}" },
    { for name, url in var.extra_secrets : lower(replace(name, "_", "-")) => url },
    var.auth.mode == "htpasswd" ? { htpasswd = var.auth.htpasswd_secret_url } : {},
  )
}
