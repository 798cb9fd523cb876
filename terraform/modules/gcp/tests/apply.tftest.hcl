mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      email = "registry@example-project.iam.gserviceaccount.com"
      name  = "projects/example-project/serviceAccounts/registry@example-project.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_compute_global_address" {
    defaults = { address = "203.0.113.7" }
  }
}

variables {
  project     = "example-project"
  domain_name = "registry.example.com"
  image       = "europe-west3-docker.pkg.dev/example-project/tools/moorage@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  http_secret = "0123456789abcdef0123456789abcdef"
  auth        = { htpasswd_secret_id = "registry-htpasswd" }
}

run "minimal" {
  assert {
    condition     = google_cloud_run_v2_service.this.template[0].containers[0].ports[0].name == "h2c"
    error_message = "Over HTTP/1 Cloud Run refuses requests over 32 MiB."
  }

  assert {
    condition     = output.registry_url == "https://registry.example.com" && strcontains(output.next_steps, "docker login registry.example.com")
    error_message = "The outputs say what to type next."
  }
}

run "existing" {
  variables {
    existing_bucket  = "images-of-distribution"
    http_secret_id   = "mine"
    soft_delete_days = 7
    kms_key_name     = "projects/example-project/locations/europe-west3/keyRings/ring/cryptoKeys/key"
    auth             = { mode = "custom" }
    environment      = { REGISTRY_AUTH = "htpasswd", REGISTRY_AUTH_HTPASSWD_PATH = "/somewhere" }
    extra_secrets    = { REGISTRY_REDIS_PASSWORD = "redis-password" }
  }

  assert {
    condition     = output.bucket_name == "images-of-distribution" && length(google_secret_manager_secret.http) == 0
    error_message = "Bucket and secret are the user's own."
  }
}

run "refuses_mistakes" {
  command         = plan
  expect_failures = [var.name, var.replicas, var.image, var.auth, var.environment, var.region, var.memory]

  variables {
    name        = "R"
    replicas    = { min = 0 }
    image       = "moorage"
    auth        = { mode = "none" }
    environment = { REGISTRY_HTTP_SECRET = "x" }
    region      = "Frankfurt"
    memory      = "1GB"
  }
}

run "refuses_a_short_secret_and_two_buckets" {
  command         = plan
  expect_failures = [var.http_secret, var.existing_bucket]

  variables {
    http_secret     = "short"
    bucket_name     = "one-bucket"
    existing_bucket = "another-bucket"
  }
}
