output "registry_url" {
  description = "Where clients go."
  value       = "https://${var.domain_name}"
}

output "environment" {
  description = "The variables that the registry runs with. Its secrets are not among them."
  value       = local.environment
}

output "secret_variables" {
  description = "The variables whose values Cloud Run takes from secrets, and their ids."
  value       = local.secret_variables
}

output "bucket_name" {
  description = "The bucket that everything is in."
  value       = module.bucket.bucket_name
}

output "identity" {
  description = "Who reads and writes the bucket: the service account's address."
  value       = module.bucket.identity
}

output "http_secret_ref" {
  description = "The id of the secret that uploads are signed with."
  value       = local.http_secret_id
}

output "ip_address" {
  description = "Point the domain name here (A record). The certificate comes after that."
  value       = google_compute_global_address.this.address
}

output "service_name" {
  description = "The Cloud Run service."
  value       = google_cloud_run_v2_service.this.name
}

output "max_request_seconds" {
  description = "How long one request may take here: a layer is one request."
  value       = 3600
}

output "next_steps" {
  description = "What to type next."
  value = join("\n", [
    "Point ${var.domain_name} to ${google_compute_global_address.this.address} (A record), and wait for its certificate, up to an hour:",
    "  gcloud compute ssl-certificates describe ${var.name} --global --project ${var.project} --format='get(managed.status)'",
    "Log in, and push:",
    "  docker login ${var.domain_name}",
    "  docker tag alpine ${var.domain_name}/alpine && docker push ${var.domain_name}/alpine",
    "See what it logs:",
    "  gcloud run services logs tail ${var.name} --project ${var.project} --region ${var.region}",
  ])
}
