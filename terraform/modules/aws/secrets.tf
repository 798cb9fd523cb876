# Uploads are signed with it by all replicas. Its content is written, and never read: it is not in the state.
resource "aws_secretsmanager_secret" "http" {
  count = var.http_secret_arn == null ? 1 : 0

  name_prefix = "${var.name}-http-"
  description = "What the registry's replicas sign uploads with"
  kms_key_id  = var.secrets_kms_key_arn
  tags        = var.tags
}

resource "aws_secretsmanager_secret_version" "http" {
  count = var.http_secret_arn == null ? 1 : 0

  secret_id                = aws_secretsmanager_secret.http[0].id
  secret_string_wo         = var.http_secret
  secret_string_wo_version = var.http_secret_version
}

locals {
  http_secret_arn = var.http_secret_arn == null ? aws_secretsmanager_secret.http[0].arn : var.http_secret_arn

  # As variables of the registry.
  secret_variables = merge({ REGISTRY_HTTP_SECRET = local.http_secret_arn }, var.extra_secrets)

  # As files: what the registry wants a path of. A container of its own writes them, before the registry starts.
  secret_directory = "/run/registry"
  secret_files = merge(
    var.auth.mode == "htpasswd" ? { HTPASSWD = { path = "${local.secret_directory}/htpasswd", arn = var.auth.htpasswd_secret_arn } } : {},
    var.cloudfront.enabled ? { CLOUDFRONT_KEY = { path = "${local.secret_directory}/cloudfront.pem", arn = var.cloudfront.private_key_secret_arn } } : {},
  )

  # An ARN may name one key of a secret: arn:…:secret:NAME:KEY::
  readable_secret_arns = distinct([
    for arn in concat(values(local.secret_variables), values(local.secret_files)[*].arn) :
    join(":", slice(split(":", arn), 0, min(7, length(split(":", arn)))))
  ])
}
