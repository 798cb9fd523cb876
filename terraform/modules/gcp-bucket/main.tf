resource "google_storage_bucket" "this" {
  count = var.create ? 1 : 0

  project                     = var.project
  name                        = var.bucket_name
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.force_destroy
  labels                      = var.labels

  # Nothing that deletes or moves objects, ever: an image would lose its layers, or they would cost more to fetch.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = var.abort_multipart_days
    }
  }

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 24 * 3600
  }

  dynamic "encryption" {
    for_each = var.kms_key_name == null ? [] : [var.kms_key_name]

    content {
      default_kms_key_name = encryption.value
    }
  }
}

resource "google_service_account" "this" {
  project      = var.project
  account_id   = var.service_account_id
  display_name = "Registry"
  description  = "The registry, for the bucket ${var.bucket_name}"
}

resource "google_storage_bucket_iam_member" "objects" {
  bucket = var.create ? google_storage_bucket.this[0].name : var.bucket_name
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.this.email}"
}

# To sign URLs: without a key of its own, the account asks Google to sign, and may do so for itself alone.
resource "google_service_account_iam_member" "sign" {
  service_account_id = google_service_account.this.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:${google_service_account.this.email}"
}

resource "google_project_service" "sign" {
  project            = var.project
  service            = "iamcredentials.googleapis.com"
  disable_on_destroy = false
}

resource "google_service_account_iam_member" "kubernetes" {
  count = var.kubernetes == null ? 0 : 1

  service_account_id = google_service_account.this.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[${var.kubernetes.namespace}/${var.kubernetes.service_account}]"
}
