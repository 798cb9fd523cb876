output "bucket_name" {
  description = "The bucket's name."
  value       = var.create ? google_storage_bucket.this[0].name : var.bucket_name
}

output "identity" {
  description = "Who reads and writes the bucket: the service account's address."
  value       = google_service_account.this.email
}

output "service_account_name" {
  description = "The service account, as other resources want it."
  value       = google_service_account.this.name
}

output "environment" {
  description = "What the registry needs to know about the bucket, as variables."
  value = {
    REGISTRY_STORAGE            = "gcs"
    REGISTRY_STORAGE_GCS_BUCKET = var.bucket_name
    # A day before Cloud Storage does it, so that the registry's record goes with the parts.
    REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE = "${(var.abort_multipart_days - 1) * 24}h"
  }
}

output "next_steps" {
  description = "What to type next."
  value = join("\n", concat(
    var.kubernetes == null ? [
      "Let your compute run as the service account, a virtual machine for instance:",
      "  gcloud compute instances set-service-account MACHINE --service-account ${google_service_account.this.email} --scopes cloud-platform",
      ] : [
      "Give the service account ${var.kubernetes.namespace}/${var.kubernetes.service_account} the annotation",
      "  iam.gke.io/gcp-service-account: ${google_service_account.this.email}",
    ],
    [
      "and the registry the variables of the output environment:",
      "  terraform output -json environment",
    ],
  ))
}
