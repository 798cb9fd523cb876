locals {
  address = coalesce(var.domain_name, azurerm_container_app.this.ingress[0].fqdn)
}

output "registry_url" {
  description = "Where clients go."
  value       = "https://${local.address}"
}

output "environment" {
  description = "The variables that the registry runs with. Its secrets are not among them."
  value       = local.environment
}

output "secret_variables" {
  description = "The variables whose values come from the key vault, and the names of the app's secrets."
  value       = local.secret_names
}

output "bucket_name" {
  description = "The container that everything is in."
  value       = module.bucket.bucket_name
}

output "identity" {
  description = "Who reads and writes the container: the identity's client id."
  value       = module.bucket.identity
}

output "http_secret_ref" {
  description = "The id of the secret that uploads are signed with."
  value       = azurerm_key_vault_secret.http.id
}

output "fqdn" {
  description = "The name that Azure gives: point your own here (CNAME)."
  value       = azurerm_container_app.this.ingress[0].fqdn
}

output "max_request_seconds" {
  description = "How long one request may take here. A layer is one request: what takes longer to push needs AKS (deploy/kubernetes)."
  value       = 240
}

output "next_steps" {
  description = "What to type next."
  value = join("\n", concat(
    var.domain_name == null ? [] : [
      "Point ${var.domain_name} to ${azurerm_container_app.this.ingress[0].fqdn} (CNAME), and bind it, with a certificate of Azure's:",
      "  az containerapp hostname add --resource-group ${local.resource_group_name} --name ${var.name} --hostname ${var.domain_name}",
      "  az containerapp hostname bind --resource-group ${local.resource_group_name} --name ${var.name} --hostname ${var.domain_name} --environment ${var.name} --validation-method CNAME",
    ],
    [
      "Log in, and push. A layer must get through in 240 s.",
      "  docker login ${local.address}",
      "  docker tag alpine ${local.address}/alpine && docker push ${local.address}/alpine",
      "See what it logs:",
      "  az containerapp logs show --resource-group ${local.resource_group_name} --name ${var.name} --follow",
    ],
  ))
}
