# Uploads are signed with it by all instances. Its content is written, and never read: it is not in the state.
resource "google_secret_manager_secret" "http" {
  count = var.http_secret_id == null ? 1 : 0

  project   = var.project
  secret_id = "${var.name}-http"
  labels    = var.labels

  replication {
    auto {}
  }

  depends_on = [google_project_service.this]
}

resource "google_secret_manager_secret_version" "http" {
  count = var.http_secret_id == null ? 1 : 0

  secret                 = google_secret_manager_secret.http[0].id
  secret_data_wo         = var.http_secret
  secret_data_wo_version = var.http_secret_version
}

locals {
  http_secret_id   = var.http_secret_id == null ? google_secret_manager_secret.http[0].secret_id : var.http_secret_id
  secret_variables = merge({ REGISTRY_HTTP_SECRET = local.http_secret_id }, var.extra_secrets)

  # Known before the secrets are made.
  readers = merge(
    { http = local.http_secret_id },
    { for name, id in var.extra_secrets : name => id },
    var.auth.mode == "htpasswd" ? { htpasswd = var.auth.htpasswd_secret_id } : {},
  )
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.readers

  project   = var.project
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${module.bucket.identity}"
}
