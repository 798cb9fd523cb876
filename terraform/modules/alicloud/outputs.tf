output "registry_url" {
  description = "Where clients go."
  value       = "https://${var.domain_name}"
}

output "environment" {
  description = "The variables that the registry runs with. Those that end in _FILE, and the path of the passwords, name files that are fetched from KMS."
  value       = local.environment
}

output "bucket_name" {
  description = "The bucket that everything is in."
  value       = module.bucket.bucket_name
}

output "identity" {
  description = "Who fetches the secrets: the RAM role of the replicas. The bucket is used by the user whose key is among them."
  value       = alicloud_ram_role.this.role_name
}

output "bucket_policy_name" {
  description = "The RAM policy that this user needs."
  value       = module.bucket.policy_name
}

output "http_secret_ref" {
  description = "The name of the secret that uploads are signed with."
  value       = var.secrets.http_secret
}

output "alb_dns_name" {
  description = "Point the domain name here (CNAME)."
  value       = alicloud_alb_load_balancer.this.dns_name
}

output "max_request_seconds" {
  description = "How long one request may take here. A layer is one request: what takes longer to push needs ACK (deploy/kubernetes)."
  value       = 180
}

output "next_steps" {
  description = "What to type next."
  value = join("\n", [
    "Let the registry's user use the bucket (its key is in ${var.secrets.access_key_id} and ${var.secrets.access_key_secret}):",
    "  aliyun ram AttachPolicyToUser --PolicyType Custom --PolicyName ${module.bucket.policy_name} --UserName registry",
    "Point ${var.domain_name} to ${alicloud_alb_load_balancer.this.dns_name} (CNAME).",
    "Log in, and push. A layer must get through in 180 s.",
    "  docker login ${var.domain_name}",
    "  docker tag alpine ${var.domain_name}/alpine && docker push ${var.domain_name}/alpine",
  ])
}
