resource "alicloud_alb_load_balancer" "this" {
  load_balancer_name     = var.name
  load_balancer_edition  = "Standard"
  address_type           = var.internal ? "Intranet" : "Internet"
  address_allocated_mode = "Dynamic"
  vpc_id                 = local.vpc_id
  tags                   = var.tags

  load_balancer_billing_config {
    pay_type = "PayAsYouGo"
  }

  deletion_protection_config {
    enabled = var.deletion_protection
  }

  dynamic "zone_mappings" {
    for_each = local.vswitches

    content {
      vswitch_id = zone_mappings.value.id
      zone_id    = zone_mappings.value.zone_id
    }
  }

  dynamic "access_log_config" {
    for_each = var.log_project == null ? [] : [var.log_project]

    content {
      log_project = access_log_config.value
      log_store   = var.name
    }
  }
}

resource "alicloud_alb_server_group" "this" {
  server_group_name = var.name
  vpc_id            = local.vpc_id
  protocol          = "HTTP"
  scheduler         = "Wlc"
  tags              = var.tags

  # Any replica takes any request of any upload.
  sticky_session_config {
    sticky_session_enabled = false
  }

  health_check_config {
    health_check_enabled      = true
    health_check_protocol     = "HTTP"
    health_check_method       = "GET"
    health_check_path         = "/readyz"
    health_check_codes        = ["http_2xx"]
    health_check_connect_port = local.port
    health_check_interval     = 5
    health_check_timeout      = 4
    healthy_threshold         = 2
    unhealthy_threshold       = 2
  }

  connection_drain_config {
    connection_drain_enabled = true
    connection_drain_timeout = local.drain_delay + local.drain_timeout
  }
}

resource "alicloud_alb_listener" "https" {
  load_balancer_id     = alicloud_alb_load_balancer.this.id
  listener_description = "The registry ${var.domain_name}"
  listener_protocol    = "HTTPS"
  listener_port        = 443
  http2_enabled        = true
  gzip_enabled         = false
  security_policy_id   = "tls_cipher_policy_1_2"
  # The most that Alibaba's load balancer allows.
  idle_timeout    = 60
  request_timeout = 180
  tags            = var.tags

  certificates {
    certificate_id = var.certificate_id
  }

  x_forwarded_for_config {
    x_forwarded_for_enabled       = true
    x_forwarded_for_proto_enabled = true
  }

  default_actions {
    type = "ForwardGroup"

    forward_group_config {
      server_group_tuples {
        server_group_id = alicloud_alb_server_group.this.id
      }
    }
  }
}
