resource "aws_ecs_cluster" "this" {
  name = var.name
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = var.container_insights
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_security_group" "tasks" {
  name        = "${var.name}-tasks"
  description = "The registry's tasks"
  vpc_id      = local.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-tasks" })
}

resource "aws_vpc_security_group_ingress_rule" "tasks" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "The load balancer"
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  referenced_security_group_id = aws_security_group.alb.id
  tags                         = var.tags
}

# S3, secrets, logs, the image: all of it is HTTPS.
resource "aws_vpc_security_group_egress_rule" "https" {
  count = length(local.interface_endpoints) == 0 ? 1 : 0

  security_group_id = aws_security_group.tasks.id
  description       = "S3, secrets, logs and the image"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  count = length(local.interface_endpoints) == 0 ? 0 : 1

  security_group_id = aws_security_group.tasks.id
  description       = "S3, through its gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = aws_vpc_endpoint.s3[0].prefix_list_id
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  count = length(local.interface_endpoints) == 0 ? 0 : 1

  security_group_id            = aws_security_group.tasks.id
  description                  = "Secrets, logs and the image, through their endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.endpoints[0].id
  tags                         = var.tags
}

locals {
  log = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.this.name
      awslogs-region        = data.aws_region.current.name
      awslogs-stream-prefix = "registry"
    }
  }

  volumes = length(local.secret_files) == 0 ? [] : ["secrets"]

  # Files of secrets: from variables, which only ECS can set, to a directory that only this task has.
  write_files = join(" ", [
    "const { writeFileSync } = require('node:fs');",
    "const files = ${jsonencode({ for variable, secret in local.secret_files : variable => secret.path })};",
    "for (const [variable, path] of Object.entries(files))",
    "writeFileSync(path, process.env[variable].trimEnd() + '\\n', { mode: 0o444 });",
  ])

  registry_container = {
    name                   = "registry"
    image                  = var.image
    essential              = true
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    stopTimeout            = local.stop_timeout
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    portMappings           = [{ containerPort = local.port, protocol = "tcp", name = "http", appProtocol = "http" }]
    environment            = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]
    secrets                = [for name in sort(keys(local.secret_variables)) : { name = name, valueFrom = local.secret_variables[name] }]
    logConfiguration       = local.log
    healthCheck = {
      command     = ["CMD", "/usr/local/bin/node", "/app/dist/healthcheck.js"]
      interval    = 15
      timeout     = 5
      retries     = 3
      startPeriod = 30
    }
    mountPoints = [for volume in local.volumes : { sourceVolume = volume, containerPath = local.secret_directory, readOnly = true }]
    dependsOn   = [for volume in local.volumes : { containerName = "secrets", condition = "SUCCESS" }]
  }

  secrets_container = {
    name       = "secrets"
    image      = var.image
    essential  = false
    entryPoint = ["/usr/local/bin/node", "-e", local.write_files]
    # The volume belongs to root. What is written there, the registry reads.
    user                   = "0"
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    secrets                = [for variable in sort(keys(local.secret_files)) : { name = variable, valueFrom = local.secret_files[variable].arn }]
    mountPoints            = [{ sourceVolume = "secrets", containerPath = local.secret_directory, readOnly = false }]
    logConfiguration       = local.log
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn
  tags                     = var.tags

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  dynamic "volume" {
    for_each = local.volumes

    content {
      name = volume.value
    }
  }

  container_definitions = jsonencode(concat(
    [local.registry_container],
    [for volume in local.volumes : local.secrets_container],
  ))

  lifecycle {
    precondition {
      condition     = local.drain_delay + local.drain_timeout < local.stop_timeout && local.stop_timeout <= 120
      error_message = "The registry would be killed before its requests have ended."
    }
  }
}

resource "aws_ecs_service" "this" {
  name                               = var.name
  cluster                            = aws_ecs_cluster.this.id
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = var.replicas.min
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 60
  availability_zone_rebalancing      = "ENABLED"
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  tags                               = var.tags

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = var.replicas.min
    weight            = 1
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.spot_weight > 0 ? [var.spot_weight] : []

    content {
      capacity_provider = "FARGATE_SPOT"
      weight            = capacity_provider_strategy.value
    }
  }

  network_configuration {
    subnets          = local.private_subnet_ids
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "registry"
    container_port   = local.port
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # A new version that answers with errors is taken back.
  alarms {
    enable      = true
    rollback    = true
    alarm_names = [aws_cloudwatch_metric_alarm.this["errors"].alarm_name]
  }

  # The number of tasks is the autoscaler's. A target group takes tasks only once a listener leads to it; tasks start only once
  # the role may read the secrets.
  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [
    aws_ecs_cluster_capacity_providers.this,
    aws_iam_role_policy.execution,
    aws_iam_role_policy_attachment.bucket,
    aws_lb_listener.https,
    aws_secretsmanager_secret_version.http,
  ]
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  min_capacity       = var.replicas.min
  max_capacity       = var.replicas.max
  tags               = var.tags
}

# Pushes cost processor time (TLS and digests); pulls are redirects.
resource "aws_appautoscaling_policy" "cpu" {
  name               = "${var.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.cpu_target
    scale_out_cooldown = 60
    scale_in_cooldown  = var.scale_in_cooldown

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_appautoscaling_policy" "requests" {
  count = var.requests_per_target == null ? 0 : 1

  name               = "${var.name}-requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.requests_per_target
    scale_out_cooldown = 60
    scale_in_cooldown  = var.scale_in_cooldown

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "${aws_lb.this.arn_suffix}/${aws_lb_target_group.this.arn_suffix}"
    }
  }
}
