locals {
  bucket_name = coalesce(var.existing_bucket, var.bucket_name, "${var.project}-${var.name}")
}

resource "google_project_service" "this" {
  for_each = toset(["run.googleapis.com", "secretmanager.googleapis.com", "compute.googleapis.com", "monitoring.googleapis.com"])

  project            = var.project
  service            = each.key
  disable_on_destroy = false
}

module "bucket" {
  source = "../gcp-bucket"

  project              = var.project
  bucket_name          = local.bucket_name
  create               = var.existing_bucket == null
  location             = upper(var.region)
  service_account_id   = var.name
  kms_key_name         = var.kms_key_name
  abort_multipart_days = var.abort_multipart_days
  soft_delete_days     = var.soft_delete_days
  force_destroy        = var.force_destroy
  labels               = var.labels
}

locals {
  port = 5000

  environment = merge(
    module.bucket.environment,
    {
      NODE_ENV           = "production"
      REGISTRY_HTTP_ADDR = ":${local.port}"
      # nginx beside it, and Google's front ends.
      REGISTRY_HTTP_TRUSTEDPROXIES = "loopback,linklocal,uniquelocal,35.191.0.0/16,130.211.0.0/22"
      # Google's load balancers keep connections for 600 s.
      REGISTRY_HTTP_KEEPALIVETIMEOUT = "620s"
      # Cloud Run sends nothing more to an instance before it stops it, and then allows 10 s.
      REGISTRY_HTTP_DRAINDELAY        = "0s"
      REGISTRY_HTTP_DRAINTIMEOUT      = "9s"
      REGISTRY_STORAGE_DELETE_ENABLED = tostring(var.allow_delete)
      REGISTRY_LOG_FORMATTER          = "json"
      REGISTRY_LOG_ACCESSLOG_DISABLED = "true"
    },
    var.auth.mode == "htpasswd" ? {
      REGISTRY_AUTH                = "htpasswd"
      REGISTRY_AUTH_HTPASSWD_PATH  = "/run/registry/htpasswd"
      REGISTRY_AUTH_HTPASSWD_REALM = var.auth.realm
    } : {},
    var.environment,
  )
}
