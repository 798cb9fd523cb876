# Rules between values, and inputs that are refused.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  domain_name = "registry.example.com"
  zone_id     = "Z0123456789ABCDEFGHIJ"
  image       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/moorage:1.0"
  http_secret = "0123456789abcdef0123456789abcdef"
  auth        = { htpasswd_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:htpasswd-AbCdEf" }
}

run "rules" {
  command = plan

  assert {
    condition     = tonumber(trimsuffix(output.environment.REGISTRY_HTTP_KEEPALIVETIMEOUT, "s")) > aws_lb.this.idle_timeout
    error_message = "The registry must keep connections for longer than the load balancer does."
  }

  assert {
    condition = (
      tonumber(trimsuffix(output.environment.REGISTRY_HTTP_DRAINDELAY, "s")) + tonumber(trimsuffix(output.environment.REGISTRY_HTTP_DRAINTIMEOUT, "s"))
      < jsondecode(aws_ecs_task_definition.this.container_definitions)[0].stopTimeout
    )
    error_message = "The registry must have stopped before ECS kills it."
  }

  assert {
    condition     = tonumber(aws_lb_target_group.this.deregistration_delay) >= 110
    error_message = "Requests at a task that leaves must be allowed to end."
  }

  assert {
    condition     = aws_lb_target_group.this.health_check[0].path == "/readyz" && aws_lb_target_group.this.health_check[0].matcher == "200"
    error_message = "/v2/ answers 401 where there is authentication: it is no health check."
  }

  assert {
    condition     = !aws_lb_target_group.this.stickiness[0].enabled
    error_message = "Any replica takes any request: stickiness would only unbalance them."
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "redirect" && startswith(aws_lb_listener.https.ssl_policy, "ELBSecurityPolicy-TLS13")
    error_message = "Passwords travel over TLS only."
  }

  assert {
    condition     = contains(flatten([for condition in aws_lb_listener_rule.private_paths.condition : flatten(condition.path_pattern[*].values)]), "/metrics")
    error_message = "Metrics are not for the public."
  }
}

run "long_idle_timeout" {
  command = plan

  variables {
    idle_timeout = 4000
  }

  assert {
    condition     = output.environment.REGISTRY_HTTP_KEEPALIVETIMEOUT == "4015s"
    error_message = "The registry's timeout follows the load balancer's."
  }
}

run "own_settings_win" {
  command = plan

  variables {
    environment = { REGISTRY_LOG_LEVEL = "debug", REGISTRY_HTTP_DRAINDELAY = "20s" }
  }

  assert {
    condition     = output.environment.REGISTRY_LOG_LEVEL == "debug" && output.environment.REGISTRY_HTTP_DRAINDELAY == "20s"
    error_message = "environment adds to what the module sets, and wins."
  }
}

run "refuses_a_bad_name" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "Registry_1"
  }
}

run "refuses_one_subnet" {
  command         = plan
  expect_failures = [var.public_subnet_ids, var.private_subnet_ids, check.s3_gateway_endpoint]

  variables {
    vpc_id             = "vpc-0123456789abcdef0"
    public_subnet_ids  = ["subnet-00000000000000001"]
    private_subnet_ids = ["subnet-00000000000000003"]
  }
}

run "refuses_no_certificate" {
  command         = plan
  expect_failures = [var.zone_id]

  variables {
    zone_id = null
  }
}

run "refuses_old_tls" {
  command         = plan
  expect_failures = [var.ssl_policy]

  variables {
    ssl_policy = "ELBSecurityPolicy-2016-08"
  }
}

run "refuses_short_timeouts" {
  command         = plan
  expect_failures = [var.idle_timeout, var.deregistration_delay]

  variables {
    idle_timeout         = 30
    deregistration_delay = 5
  }
}

run "refuses_a_tag_that_moves" {
  command         = plan
  expect_failures = [var.image]

  variables {
    image = "moorage"
  }
}

run "refuses_secrets_in_the_open" {
  command         = plan
  expect_failures = [var.environment]

  variables {
    environment = { REGISTRY_STORAGE_S3_SECRETKEY = "x" }
  }
}

run "refuses_a_short_secret" {
  command         = plan
  expect_failures = [var.http_secret]

  variables {
    http_secret = "short"
  }
}

run "refuses_an_open_registry_on_the_internet" {
  command         = plan
  expect_failures = [var.auth]

  variables {
    auth = { mode = "none" }
  }
}

run "refuses_passwords_without_a_file" {
  command         = plan
  expect_failures = [var.auth]

  variables {
    auth = { mode = "htpasswd" }
  }
}

run "refuses_two_buckets" {
  command         = plan
  expect_failures = [var.existing_bucket]

  variables {
    bucket_name     = "one-bucket"
    existing_bucket = "another-bucket"
  }
}

run "refuses_cloudfront_without_keys" {
  command         = plan
  expect_failures = [var.cloudfront]

  variables {
    cloudfront = { enabled = true }
  }
}

run "refuses_fewer_at_most_than_at_least" {
  command         = plan
  expect_failures = [var.replicas]

  variables {
    replicas = { min = 3, max = 2 }
  }
}

run "refuses_what_fargate_does_not_have" {
  command         = plan
  expect_failures = [var.cpu, var.architecture]

  variables {
    cpu          = 1000
    architecture = "arm"
  }
}
