resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.name}"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

# The registry says so in its log, and answers 503, when S3 does not do what it should.
resource "aws_cloudwatch_log_metric_filter" "store" {
  name           = "${var.name}-store"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = "{ $.level = \"error\" || $.level = \"fatal\" || $.level >= 50 }"

  metric_transformation {
    name          = "Errors"
    namespace     = "Moorage/${var.name}"
    value         = "1"
    default_value = "0"
  }
}

locals {
  balancer = { LoadBalancer = aws_lb.this.arn_suffix }
  targets  = { LoadBalancer = aws_lb.this.arn_suffix, TargetGroup = aws_lb_target_group.this.arn_suffix }
  # By name: the service itself names an alarm.
  service = { ClusterName = var.name, ServiceName = var.name }

  alarms = {
    errors = {
      description = "Requests fail at the registry"
      namespace   = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", dimensions = local.targets
      period      = 300, periods = 1, comparison = "GreaterThanThreshold", threshold = var.alarm_thresholds.errors, missing = "notBreaching"
    }
    balancer_errors = {
      description = "Requests fail before they reach the registry"
      namespace   = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", statistic = "Sum", dimensions = local.balancer
      period      = 300, periods = 1, comparison = "GreaterThanThreshold", threshold = var.alarm_thresholds.errors, missing = "notBreaching"
    }
    unhealthy = {
      description = "A replica is not ready"
      namespace   = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum", dimensions = local.targets
      period      = 60, periods = 5, comparison = "GreaterThanOrEqualToThreshold", threshold = 1, missing = "notBreaching"
    }
    too_few = {
      description = "Fewer replicas are ready than there should be"
      namespace   = "AWS/ApplicationELB", metric = "HealthyHostCount", statistic = "Minimum", dimensions = local.targets
      period      = 60, periods = 5, comparison = "LessThanThreshold", threshold = var.replicas.min, missing = "breaching"
    }
    slow = {
      # containerd gives an upload up after 30 s without an answer.
      description = "The slowest of 100 answers comes late"
      namespace   = "AWS/ApplicationELB", metric = "TargetResponseTime", statistic = "p99", dimensions = local.targets
      period      = 300, periods = 3, comparison = "GreaterThanThreshold", threshold = var.alarm_thresholds.slow_seconds, missing = "notBreaching"
    }
    cpu = {
      description = "The replicas' processors are busy, at the most replicas"
      namespace   = "AWS/ECS", metric = "CPUUtilization", statistic = "Average", dimensions = local.service
      period      = 300, periods = 3, comparison = "GreaterThanThreshold", threshold = var.alarm_thresholds.cpu_percent, missing = "notBreaching"
    }
    memory = {
      description = "The replicas' memory is nearly full"
      namespace   = "AWS/ECS", metric = "MemoryUtilization", statistic = "Maximum", dimensions = local.service
      period      = 300, periods = 3, comparison = "GreaterThanThreshold", threshold = var.alarm_thresholds.memory_percent, missing = "notBreaching"
    }
    logged = {
      description = "The registry logs errors: S3 refuses or is slow"
      namespace   = "Moorage/${var.name}", metric = "Errors", statistic = "Sum", dimensions = {}
      period      = 300, periods = 1, comparison = "GreaterThanThreshold", threshold = var.alarm_thresholds.errors, missing = "notBreaching"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${replace(each.key, "_", "-")}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  dimensions          = each.value.dimensions
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
  tags                = var.tags
}
