resource "google_cloud_run_v2_service" "this" {
  project             = var.project
  name                = var.name
  location            = var.region
  description         = "The registry ${var.domain_name}"
  ingress             = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  deletion_protection = var.deletion_protection
  labels              = var.labels

  # Whoever may come in is the registry's own decision: clients of registries know nothing of Google's identities.
  invoker_iam_disabled = true

  template {
    service_account                  = module.bucket.identity
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = var.concurrency
    # The longest there is: a layer is one request.
    timeout          = "3600s"
    session_affinity = false
    labels           = var.labels

    scaling {
      min_instance_count = var.replicas.min
      max_instance_count = var.replicas.max
    }

    containers {
      name       = "nginx"
      image      = var.nginx_image
      command    = ["/bin/sh", "-c"]
      args       = ["printf '%s' \"$NGINX_CONFIGURATION\" > /etc/nginx/conf.d/default.conf && exec nginx -g 'daemon off;'"]
      depends_on = ["registry"]

      # HTTP/2 from end to end: over HTTP/1 Cloud Run refuses requests over 32 MiB.
      ports {
        name           = "h2c"
        container_port = 8080
      }

      env {
        name  = "NGINX_CONFIGURATION"
        value = file("${path.module}/nginx.conf")
      }

      resources {
        limits   = { cpu = "1", memory = "256Mi" }
        cpu_idle = false
      }
    }

    containers {
      name  = "registry"
      image = var.image

      dynamic "env" {
        for_each = local.environment

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.secret_variables

        content {
          name = env.key

          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }

      resources {
        limits = { cpu = tostring(var.cpu), memory = var.memory }
        # The registry cleans up in the background.
        cpu_idle          = false
        startup_cpu_boost = true
      }

      startup_probe {
        period_seconds    = 2
        failure_threshold = 60

        http_get {
          path = "/livez"
          port = local.port
        }
      }

      # Whether the process lives. Restarting it would not mend the bucket.
      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 5
        failure_threshold = 6

        http_get {
          path = "/livez"
          port = local.port
        }
      }

      dynamic "volume_mounts" {
        for_each = var.auth.mode == "htpasswd" ? ["secrets"] : []

        content {
          name       = volume_mounts.value
          mount_path = "/run/registry"
        }
      }
    }

    dynamic "volumes" {
      for_each = var.auth.mode == "htpasswd" ? [var.auth.htpasswd_secret_id] : []

      content {
        name = "secrets"

        secret {
          secret = volumes.value

          items {
            version = "latest"
            path    = "htpasswd"
          }
        }
      }
    }
  }

  depends_on = [
    google_project_service.this,
    google_secret_manager_secret_iam_member.reader,
    google_secret_manager_secret_version.http,
  ]
}

resource "google_compute_region_network_endpoint_group" "this" {
  project               = var.project
  name                  = var.name
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloud_run_v2_service.this.name
  }
}

resource "google_compute_backend_service" "this" {
  project               = var.project
  name                  = var.name
  description           = "The registry ${var.domain_name}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"

  backend {
    group = google_compute_region_network_endpoint_group.this.id
  }

  log_config {
    enable      = true
    sample_rate = 0.1
  }
}

resource "google_compute_url_map" "this" {
  project         = var.project
  name            = var.name
  default_service = google_compute_backend_service.this.id
}

resource "google_compute_managed_ssl_certificate" "this" {
  project = var.project
  name    = var.name

  managed {
    domains = [var.domain_name]
  }
}

resource "google_compute_target_https_proxy" "this" {
  project          = var.project
  name             = var.name
  url_map          = google_compute_url_map.this.id
  ssl_certificates = [google_compute_managed_ssl_certificate.this.id]
}

resource "google_compute_global_address" "this" {
  project = var.project
  name    = var.name

  depends_on = [google_project_service.this]
}

# 443 only: there is nothing that a registry's client would do with 80.
resource "google_compute_global_forwarding_rule" "this" {
  project               = var.project
  name                  = var.name
  load_balancing_scheme = "EXTERNAL_MANAGED"
  target                = google_compute_target_https_proxy.this.id
  ip_address            = google_compute_global_address.this.id
  ip_protocol           = "TCP"
  port_range            = "443"
  labels                = var.labels
}

locals {
  balancer = "resource.type = \"https_lb_rule\" AND resource.labels.url_map_name = \"${var.name}\""

  alerts = {
    errors = {
      title   = "requests fail"
      filter  = "${local.balancer} AND metric.type = \"loadbalancing.googleapis.com/https/request_count\" AND metric.labels.response_code_class = 500"
      aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", threshold = var.alert_thresholds.errors / 60
    }
    slow = {
      # containerd gives an upload up after 30 s without an answer.
      title   = "the slowest of 100 answers comes late"
      filter  = "${local.balancer} AND metric.type = \"loadbalancing.googleapis.com/https/backend_latencies\""
      aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", threshold = var.alert_thresholds.slow_seconds * 1000
    }
  }
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.alerts

  project               = var.project
  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  notification_channels = var.notification_channels
  user_labels           = var.labels

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = "300s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
      }
    }
  }

  depends_on = [google_project_service.this]
}
