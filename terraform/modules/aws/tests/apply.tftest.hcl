# Whole stacks, as far as mocks go: what they consist of, and the environment that the registry gets.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  domain_name = "registry.example.com"
  zone_id     = "Z0123456789ABCDEFGHIJ"
  image       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/moorage@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  http_secret = "0123456789abcdef0123456789abcdef"
  auth        = { htpasswd_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:htpasswd-AbCdEf" }
}

run "minimal" {
  assert {
    condition     = length(aws_subnet.private) == 3 && length(aws_nat_gateway.this) == 1
    error_message = "A VPC over three zones with one NAT gateway is what the defaults make."
  }

  assert {
    condition     = length(aws_vpc_endpoint.s3) == 1 && length(aws_vpc_endpoint.s3[0].route_table_ids) == length(aws_route_table.private)
    error_message = "Each private route table leads to S3 by the gateway endpoint."
  }

  assert {
    condition     = length(aws_cloudfront_distribution.this) == 0 && length(aws_elasticache_replication_group.this) == 0
    error_message = "CloudFront and Redis are made only when asked for."
  }

  assert {
    condition     = output.registry_url == "https://registry.example.com" && strcontains(output.next_steps, "docker login registry.example.com")
    error_message = "The outputs say what to type next."
  }
}

run "everything" {
  variables {
    kms_key_arn         = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    versioning          = true
    nat_gateways        = "per_az"
    spot_weight         = 2
    requests_per_target = 2000
    ecr_repository_arns = ["arn:aws:ecr:eu-central-1:123456789012:repository/moorage"]
    alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:alarms"]
    secrets_kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/66666666-7777-8888-9999-000000000000"
    extra_secrets       = { REGISTRY_REDIS_PASSWORD = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:redis-AbCdEf:password::" }
    redis               = { enabled = true }
    cloudfront = {
      enabled                = true
      private_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:cloudfront-AbCdEf"
      public_key_pem         = <<-PEM
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEu3Y0Q1pM7Zb3sJ0wWcF0E5m8fU0a
        0g9QmFqGf6o1m8C0eZqk6o0m3n8J3s9n1Lw7r8yq2v9c5d1e0f3g4h5i6j==
        -----END PUBLIC KEY-----
      PEM
    }
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "per_az makes a NAT gateway in each zone."
  }

  assert {
    condition     = length(aws_appautoscaling_policy.requests) == 1
    error_message = "requests_per_target makes a second policy."
  }

  assert {
    condition     = output.cloudfront_domain == "d111111abcdef8.cloudfront.net" && output.redis_endpoint != null
    error_message = "CloudFront and Redis are there."
  }
}

run "existing_vpc_and_bucket" {
  variables {
    vpc_id                  = "vpc-0123456789abcdef0"
    public_subnet_ids       = ["subnet-00000000000000001", "subnet-00000000000000002"]
    private_subnet_ids      = ["subnet-00000000000000003", "subnet-00000000000000004"]
    private_route_table_ids = ["rtb-00000000000000001"]
    existing_bucket         = "images-of-distribution"
    certificate_arn         = "arn:aws:acm:eu-central-1:123456789012:certificate/99999999-2222-3333-4444-555555555555"
    zone_id                 = null
    http_secret_arn         = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mine-AbCdEf"
  }

  assert {
    condition     = length(aws_vpc.this) == 0 && length(aws_subnet.public) == 0 && length(aws_nat_gateway.this) == 0 && length(aws_route_table.private) == 0
    error_message = "Nothing of the network is made where there is one."
  }

  assert {
    condition     = aws_vpc_endpoint.s3[0].vpc_id == "vpc-0123456789abcdef0" && tolist(aws_vpc_endpoint.s3[0].route_table_ids)[0] == "rtb-00000000000000001"
    error_message = "The endpoint is made in the VPC that exists."
  }

  assert {
    condition     = output.bucket_name == "images-of-distribution" && length(aws_secretsmanager_secret.http) == 0 && length(aws_route53_record.registry) == 0
    error_message = "Bucket, secret and record are the user's own."
  }
}

run "private" {
  variables {
    internal         = true
    nat_gateways     = "none"
    restrict_to_vpce = true
    auth             = { mode = "none" }
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_vpc_endpoint.interface) == 4 && length(aws_vpc_security_group_egress_rule.https) == 0
    error_message = "Without a way out tasks reach endpoints only."
  }

  assert {
    condition     = output.environment.REGISTRY_STORAGE_REDIRECT_DISABLE == "true"
    error_message = "Clients cannot follow redirects to a bucket that only the VPC reaches."
  }
}
