mock_provider "azurerm" {
  mock_data "azurerm_client_config" {
    defaults = {
      tenant_id = "99999999-2222-3333-4444-555555555555"
      object_id = "88888888-2222-3333-4444-555555555555"
    }
  }
  mock_resource "azurerm_storage_account" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/registry/providers/Microsoft.Storage/storageAccounts/registryexample" }
  }
  mock_resource "azurerm_user_assigned_identity" {
    defaults = { client_id = "11111111-2222-3333-4444-555555555555" }
  }
  mock_resource "azurerm_key_vault" {
    defaults = { vault_uri = "https://registry-example.vault.azure.net/" }
  }
  mock_resource "azurerm_container_app" {
    defaults = { ingress = { fqdn = "registry.kindsea.germanywestcentral.azurecontainerapps.io" } }
  }
}

variables {
  storage_account_name = "registryexample"
  key_vault_name       = "registry-example"
  image                = "example.azurecr.io/moorage@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  http_secret          = "0123456789abcdef0123456789abcdef"
  auth                 = { htpasswd_secret_url = "https://registry-example.vault.azure.net/secrets/htpasswd" }
}

run "minimal" {
  assert {
    condition     = azurerm_container_app.this.template[0].termination_grace_period_seconds > 235
    error_message = "The registry must have stopped before Azure kills it."
  }

  assert {
    condition     = strcontains(output.next_steps, "docker login ")
    error_message = "The outputs say what to type next."
  }
}

run "everything" {
  variables {
    domain_name              = "registry.example.com"
    resource_group_name      = "mine"
    registry_server          = "example.azurecr.io"
    infrastructure_subnet_id = "/subscriptions/0/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
    ingress_cidrs            = ["203.0.113.0/24"]
    extra_secrets            = { REGISTRY_REDIS_PASSWORD = "https://registry-example.vault.azure.net/secrets/redis" }
    action_group_ids         = ["/subscriptions/0/resourceGroups/mine/providers/microsoft.insights/actionGroups/us"]
    soft_delete_days         = 7
  }

  assert {
    condition     = length(azurerm_resource_group.this) == 0 && output.registry_url == "https://registry.example.com"
    error_message = "Group and name are the user's own."
  }
}

run "internal_without_passwords" {
  variables {
    internal                 = true
    infrastructure_subnet_id = "/subscriptions/0/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
    auth                     = { mode = "none" }
  }

  assert {
    condition     = azurerm_container_app_environment.this.internal_load_balancer_enabled
    error_message = "internal keeps it inside."
  }
}

run "refuses_mistakes" {
  command         = plan
  expect_failures = [var.name, var.key_vault_name, var.cpu, var.image, var.environment, var.internal, var.http_secret]

  variables {
    name           = "Registry"
    key_vault_name = "1"
    cpu            = 3
    image          = "moorage"
    environment    = { REGISTRY_HTTP_SECRET = "x" }
    internal       = true
    http_secret    = "short"
  }
}

run "refuses_passwords_without_a_file" {
  command         = plan
  expect_failures = [var.auth]

  variables {
    auth = {}
  }
}

run "refuses_an_open_registry_on_the_internet" {
  command         = plan
  expect_failures = [var.auth]

  variables {
    auth = { mode = "none" }
  }
}
