mock_provider "alicloud" {
  mock_data "alicloud_zones" {
    defaults = { zones = [{ id = "eu-central-1a" }, { id = "eu-central-1b" }, { id = "eu-central-1c" }] }
  }
  mock_resource "alicloud_alb_load_balancer" {
    defaults = { dns_name = "alb-0123456789.eu-central-1.alb.aliyuncs.com" }
  }
}

variables {
  region         = "eu-central-1"
  bucket_name    = "registry-of-example-com"
  domain_name    = "registry.example.com"
  certificate_id = "1234567-eu-central-1"
  image          = "registry-vpc.eu-central-1.aliyuncs.com/example/moorage@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  secrets = {
    http_secret       = "registry-http"
    access_key_id     = "registry-access-key-id"
    access_key_secret = "registry-access-key-secret"
    htpasswd          = "registry-htpasswd"
  }
}

run "minimal" {
  assert {
    condition     = length(alicloud_vswitch.this) == 2 && length(alicloud_vpc_gateway_endpoint.oss) == 1
    error_message = "A VPC over two zones with an endpoint for OSS is what the defaults make."
  }

  assert {
    condition     = alicloud_ess_eci_scaling_configuration.this.termination_grace_period_seconds > 135
    error_message = "The registry must have stopped before it is killed."
  }

  assert {
    condition     = strcontains(output.next_steps, "docker login registry.example.com")
    error_message = "The outputs say what to type next."
  }
}

run "everything" {
  variables {
    vpc_id               = "vpc-1"
    vswitches            = [{ id = "vsw-1", zone_id = "eu-central-1a" }, { id = "vsw-2", zone_id = "eu-central-1b" }]
    route_table_ids      = ["vtb-1"]
    existing_bucket      = "images-of-distribution"
    bucket_name          = null
    public_egress        = true
    log_project          = "logs"
    alarm_contact_groups = ["us"]
  }

  assert {
    condition     = length(alicloud_vpc.this) == 0 && output.bucket_name == "images-of-distribution" && length(alicloud_cms_alarm.this) == 3
    error_message = "Network and bucket are the user's own."
  }
}

run "internal_without_passwords" {
  variables {
    internal = true
    auth     = { mode = "none" }
  }

  assert {
    condition     = alicloud_alb_load_balancer.this.address_type == "Intranet"
    error_message = "internal keeps it inside."
  }
}

run "refuses_mistakes" {
  command         = plan
  expect_failures = [var.name, var.cpu, var.image, var.environment, var.vpc_cidr, var.certificate_id, var.replicas]

  variables {
    name           = "Registry"
    cpu            = 3
    image          = "moorage"
    environment    = { REGISTRY_STORAGE_OSS_ACCESSKEYSECRET = "x" }
    vpc_cidr       = "10.0.0.0/28"
    certificate_id = ""
    replicas       = { min = 3, max = 2 }
  }
}

run "refuses_an_open_registry_on_the_internet" {
  command         = plan
  expect_failures = [var.auth]

  variables {
    auth = { mode = "none" }
  }
}
