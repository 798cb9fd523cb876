mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      email = "registry@example-project.iam.gserviceaccount.com"
      name  = "projects/example-project/serviceAccounts/registry@example-project.iam.gserviceaccount.com"
    }
  }
}

variables {
  project     = "example-project"
  bucket_name = "registry-of-example-com"
}

run "bucket" {
  assert {
    condition     = google_storage_bucket.this[0].uniform_bucket_level_access && google_storage_bucket.this[0].public_access_prevention == "enforced"
    error_message = "Nothing of the bucket is public."
  }
}

run "kubernetes" {
  variables {
    create     = false
    kubernetes = {}
  }

  assert {
    condition     = google_service_account_iam_member.kubernetes[0].member == "serviceAccount:example-project.svc.id.goog[registry/registry]"
    error_message = "Only the registry's service account may act as it."
  }
}

run "refuses_mistakes" {
  command         = plan
  expect_failures = [var.bucket_name, var.abort_multipart_days, var.kms_key_name, var.soft_delete_days]

  variables {
    bucket_name          = "googly"
    abort_multipart_days = 1
    kms_key_name         = "mine"
    soft_delete_days     = 3
  }
}
