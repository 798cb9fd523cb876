resource "azurerm_log_analytics_workspace" "this" {
  name                = var.name
  resource_group_name = local.resource_group_name
  location            = var.location
  sku                 = "PerGB2018"
  retention_in_days   = var.log_retention_days
  tags                = var.tags
}

resource "azurerm_container_app_environment" "this" {
  name                           = var.name
  resource_group_name            = local.resource_group_name
  location                       = var.location
  logs_destination               = "log-analytics"
  log_analytics_workspace_id     = azurerm_log_analytics_workspace.this.id
  infrastructure_subnet_id       = var.infrastructure_subnet_id
  internal_load_balancer_enabled = var.infrastructure_subnet_id == null ? null : var.internal
  zone_redundancy_enabled        = var.infrastructure_subnet_id == null ? null : true
  tags                           = var.tags
}

resource "azurerm_container_app" "this" {
  name                         = var.name
  resource_group_name          = local.resource_group_name
  container_app_environment_id = azurerm_container_app_environment.this.id
  revision_mode                = "Single"
  tags                         = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [module.bucket.identity_id]
  }

  dynamic "registry" {
    for_each = var.registry_server == null ? [] : [var.registry_server]

    content {
      server   = registry.value
      identity = module.bucket.identity_id
    }
  }

  dynamic "secret" {
    for_each = local.secret_urls

    content {
      name                = secret.key
      identity            = module.bucket.identity_id
      key_vault_secret_id = secret.value
    }
  }

  ingress {
    external_enabled           = true
    target_port                = local.port
    transport                  = "http"
    allow_insecure_connections = false

    traffic_weight {
      latest_revision = true
      percentage      = 100
    }

    dynamic "ip_security_restriction" {
      for_each = { for index, cidr in var.ingress_cidrs : tostring(index) => cidr }

      content {
        name             = "allowed-${ip_security_restriction.key}"
        description      = "May reach the registry"
        action           = "Allow"
        ip_address_range = ip_security_restriction.value
      }
    }
  }

  template {
    min_replicas                     = var.replicas.min
    max_replicas                     = var.replicas.max
    termination_grace_period_seconds = local.stop_timeout

    http_scale_rule {
      name                = "requests"
      concurrent_requests = tostring(var.concurrency)
    }

    container {
      name   = "registry"
      image  = var.image
      cpu    = var.cpu
      memory = "${var.cpu * 2}Gi"

      dynamic "env" {
        for_each = local.environment

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.secret_names

        content {
          name        = env.key
          secret_name = env.value
        }
      }

      startup_probe {
        transport               = "HTTP"
        path                    = "/livez"
        port                    = local.port
        interval_seconds        = 2
        failure_count_threshold = 30
      }

      # Whether the process lives. Restarting it would not mend the store.
      liveness_probe {
        transport               = "HTTP"
        path                    = "/livez"
        port                    = local.port
        interval_seconds        = 10
        timeout                 = 5
        failure_count_threshold = 6
      }

      readiness_probe {
        transport               = "HTTP"
        path                    = "/readyz"
        port                    = local.port
        interval_seconds        = 5
        timeout                 = 5
        failure_count_threshold = 2
      }

      dynamic "volume_mounts" {
        for_each = var.auth.mode == "htpasswd" ? ["secrets"] : []

        content {
          name = volume_mounts.value
          path = local.secret_directory
        }
      }
    }

    # All secrets, as files of their names.
    dynamic "volume" {
      for_each = var.auth.mode == "htpasswd" ? ["secrets"] : []

      content {
        name         = volume.value
        storage_type = "Secret"
      }
    }
  }

  lifecycle {
    precondition {
      condition     = local.drain_delay + local.drain_timeout < local.stop_timeout
      error_message = "The registry would be killed before its requests have ended."
    }
  }

  depends_on = [azurerm_role_assignment.reader]
}

locals {
  alerts = {
    errors = {
      description = "Requests fail at the registry"
      metric      = "Requests", aggregation = "Total", threshold = var.alert_thresholds.errors
      dimensions  = { statusCodeCategory = ["5xx"] }
    }
    cpu = {
      description = "The replicas' processors are busy"
      metric      = "UsageNanoCores", aggregation = "Average", threshold = var.cpu * 1000000000 * var.alert_thresholds.cpu_percent / 100
      dimensions  = {}
    }
    memory = {
      description = "The replicas' memory is nearly full"
      metric      = "WorkingSetBytes", aggregation = "Average", threshold = var.cpu * 2 * 1073741824 * var.alert_thresholds.memory_percent / 100
      dimensions  = {}
    }
    restarts = {
      description = "A replica was started again"
      metric      = "RestartCount", aggregation = "Total", threshold = 3
      dimensions  = {}
    }
  }
}

resource "azurerm_monitor_metric_alert" "this" {
  for_each = local.alerts

  name                = "${var.name}-${each.key}"
  resource_group_name = local.resource_group_name
  description         = each.value.description
  scopes              = [azurerm_container_app.this.id]
  severity            = 2
  frequency           = "PT1M"
  window_size         = "PT5M"
  tags                = var.tags

  criteria {
    metric_namespace = "Microsoft.App/containerapps"
    metric_name      = each.value.metric
    aggregation      = each.value.aggregation
    operator         = "GreaterThan"
    threshold        = each.value.threshold

    dynamic "dimension" {
      for_each = each.value.dimensions

      content {
        name     = dimension.key
        operator = "Include"
        values   = dimension.value
      }
    }
  }

  dynamic "action" {
    for_each = var.action_group_ids

    content {
      action_group_id = action.value
    }
  }
}
