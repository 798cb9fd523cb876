locals {
  drain_delay   = 15
  drain_timeout = 120
  stop_timeout  = 150

  # The registry reads its secrets from files, which a container of its own fetches before: nothing of them is in the state.
  secret_directory = "/run/registry"
  secret_files = merge(
    {
      REGISTRY_HTTP_SECRET_FILE                 = { path = "${local.secret_directory}/http_secret", name = var.secrets.http_secret }
      REGISTRY_STORAGE_OSS_ACCESSKEYID_FILE     = { path = "${local.secret_directory}/access_key_id", name = var.secrets.access_key_id }
      REGISTRY_STORAGE_OSS_ACCESSKEYSECRET_FILE = { path = "${local.secret_directory}/access_key_secret", name = var.secrets.access_key_secret }
    },
    var.auth.mode == "htpasswd" ? {
      REGISTRY_AUTH_HTPASSWD_PATH = { path = "${local.secret_directory}/htpasswd", name = var.secrets.htpasswd }
    } : {},
  )

  environment = merge(
    module.bucket.environment,
    { for variable, secret in local.secret_files : variable => secret.path },
    {
      NODE_ENV                     = "production"
      REGISTRY_HTTP_ADDR           = ":${local.port}"
      REGISTRY_HTTP_TRUSTEDPROXIES = var.vpc_cidr
      # The load balancer keeps connections for 60 s.
      REGISTRY_HTTP_KEEPALIVETIMEOUT  = "620s"
      REGISTRY_HTTP_DRAINDELAY        = "${local.drain_delay}s"
      REGISTRY_HTTP_DRAINTIMEOUT      = "${local.drain_timeout}s"
      REGISTRY_STORAGE_DELETE_ENABLED = tostring(var.allow_delete)
      REGISTRY_LOG_FORMATTER          = "json"
      REGISTRY_LOG_ACCESSLOG_DISABLED = "true"
    },
    var.auth.mode == "htpasswd" ? {
      REGISTRY_AUTH                = "htpasswd"
      REGISTRY_AUTH_HTPASSWD_REALM = var.auth.realm
    } : { REGISTRY_AUTH = "none" },
    var.environment,
  )
}

# What a replica may do itself: fetch its secrets. The bucket is its user's matter.
resource "alicloud_ram_role" "this" {
  role_name   = var.name
  description = "The registry's replicas fetch their secrets"

  assume_role_policy_document = jsonencode({
    Version = "1"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["ecs.aliyuncs.com"] }
    }]
  })
}

resource "alicloud_ram_policy" "secrets" {
  policy_name = "${var.name}-secrets"
  description = "What the registry's replicas fetch before they start"

  policy_document = jsonencode({
    Version = "1"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:GetSecretValue"]
      Resource = [for secret in values(local.secret_files) : "acs:kms:${var.region}:*:secret/${secret.name}"]
    }]
  })
}

resource "alicloud_ram_role_policy_attachment" "secrets" {
  role_name   = alicloud_ram_role.this.role_name
  policy_name = alicloud_ram_policy.secrets.policy_name
  policy_type = "Custom"
}

resource "alicloud_ess_scaling_group" "this" {
  scaling_group_name        = var.name
  group_type                = "ECI"
  min_size                  = var.replicas.min
  max_size                  = var.replicas.max
  default_cooldown          = 60
  vswitch_ids               = local.vswitches[*].id
  multi_az_policy           = "BALANCE"
  health_check_type         = "LOAD_BALANCER"
  removal_policies          = ["OldestScalingConfiguration", "OldestInstance"]
  group_deletion_protection = var.deletion_protection
  stop_instance_timeout     = local.stop_timeout
  tags                      = var.tags
}

resource "alicloud_ess_alb_server_group_attachment" "this" {
  scaling_group_id    = alicloud_ess_eci_scaling_configuration.this.scaling_group_id
  alb_server_group_id = alicloud_alb_server_group.this.id
  port                = local.port
  weight              = 100
  force_attach        = true
}

resource "alicloud_ess_eci_scaling_configuration" "this" {
  scaling_group_id                 = alicloud_ess_scaling_group.this.id
  scaling_configuration_name       = var.name
  container_group_name             = var.name
  description                      = "The registry ${var.domain_name}"
  active                           = true
  force_delete                     = true
  cpu                              = var.cpu
  memory                           = var.memory
  security_group_id                = alicloud_security_group.this.id
  ram_role_name                    = alicloud_ram_role.this.role_name
  restart_policy                   = "Always"
  termination_grace_period_seconds = local.stop_timeout
  auto_create_eip                  = var.public_egress
  tags                             = var.tags

  volumes {
    name = "secrets"
    type = "EmptyDirVolume"
    # In memory, not on a disk.
    empty_dir_volume_medium = "Memory"
  }

  init_containers {
    name                                        = "secrets"
    image                                       = var.image
    commands                                    = ["/usr/local/bin/node", "--input-type=module", "--eval", file("${path.module}/fetch-secrets.mjs")]
    security_context_read_only_root_file_system = true
    security_context_run_as_user                = 65532

    environment_vars {
      key   = "SECRETS"
      value = jsonencode({ for secret in values(local.secret_files) : secret.path => secret.name })
    }
    environment_vars {
      key   = "KMS_URL"
      value = "https://kms-vpc.${var.region}.aliyuncs.com"
    }
    environment_vars {
      key   = "ROLE"
      value = var.name
    }

    volume_mounts {
      name       = "secrets"
      mount_path = local.secret_directory
      read_only  = false
    }
  }

  containers {
    name                                        = "registry"
    image                                       = var.image
    image_pull_policy                           = "IfNotPresent"
    security_context_read_only_root_file_system = true
    security_context_run_as_user                = 65532

    ports {
      port     = local.port
      protocol = "TCP"
    }

    dynamic "environment_vars" {
      for_each = local.environment

      content {
        key   = environment_vars.key
        value = environment_vars.value
      }
    }

    # Whether the process lives. Restarting it would not mend the bucket.
    liveness_probe_http_get_path     = "/livez"
    liveness_probe_http_get_port     = local.port
    liveness_probe_http_get_scheme   = "HTTP"
    liveness_probe_period_seconds    = 10
    liveness_probe_timeout_seconds   = 5
    liveness_probe_failure_threshold = 6

    readiness_probe_http_get_path     = "/readyz"
    readiness_probe_http_get_port     = local.port
    readiness_probe_http_get_scheme   = "HTTP"
    readiness_probe_period_seconds    = 5
    readiness_probe_timeout_seconds   = 5
    readiness_probe_failure_threshold = 2

    volume_mounts {
      name       = "secrets"
      mount_path = local.secret_directory
      read_only  = true
    }
  }

  lifecycle {
    precondition {
      condition     = local.drain_delay + local.drain_timeout < local.stop_timeout
      error_message = "The registry would be killed before its requests have ended."
    }
  }

  depends_on = [alicloud_ram_role_policy_attachment.secrets]
}

# Pushes cost processor time (TLS and digests); pulls are redirects.
resource "alicloud_ess_scaling_rule" "cpu" {
  scaling_group_id          = alicloud_ess_scaling_group.this.id
  scaling_rule_name         = "${var.name}-cpu"
  scaling_rule_type         = "TargetTrackingScalingRule"
  metric_name               = "EciPodCpuUtilization"
  target_value              = var.cpu_target
  estimated_instance_warmup = 60
  disable_scale_in          = false
}

locals {
  alarms = {
    errors = {
      metric = "LoadBalancerHTTPCodeUpstream5XX", statistics = "Value", comparison = ">", threshold = "1", times = 3
    }
    unhealthy = {
      metric = "LoadBalancerUnHealthyHostCount", statistics = "Maximum", comparison = ">", threshold = "0", times = 5
    }
    slow = {
      metric = "LoadBalancerUpstreamResponseTime", statistics = "Value", comparison = ">", threshold = "20000", times = 3
    }
  }
}

resource "alicloud_cms_alarm" "this" {
  for_each = length(var.alarm_contact_groups) == 0 ? {} : local.alarms

  name              = "${var.name}-${each.key}"
  project           = "acs_alb"
  metric            = each.value.metric
  metric_dimensions = jsonencode([{ loadBalancerId = alicloud_alb_load_balancer.this.id }])
  period            = 60
  contact_groups    = var.alarm_contact_groups
  enabled           = true

  escalations_critical {
    statistics          = each.value.statistics
    comparison_operator = each.value.comparison
    threshold           = each.value.threshold
    times               = each.value.times
  }
}
