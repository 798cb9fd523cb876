resource "alicloud_oss_bucket" "this" {
  count = var.create ? 1 : 0

  bucket          = var.bucket_name
  storage_class   = "Standard"
  redundancy_type = var.redundancy_type
  force_destroy   = var.force_destroy
  tags            = var.tags

  server_side_encryption_rule {
    sse_algorithm     = var.kms_key_id == null ? "AES256" : "KMS"
    kms_master_key_id = var.kms_key_id
  }

  # Nothing that deletes or moves objects, ever: an image would lose its layers, or they would take hours to come.
  lifecycle_rule {
    id      = "abandoned-uploads"
    enabled = true
    prefix  = ""

    abort_multipart_upload {
      days = var.abort_multipart_days
    }
  }
}

resource "alicloud_oss_bucket_public_access_block" "this" {
  count = var.create ? 1 : 0

  bucket              = alicloud_oss_bucket.this[0].bucket
  block_public_access = true
}

resource "alicloud_oss_bucket_https_config" "this" {
  count = var.create ? 1 : 0

  bucket       = alicloud_oss_bucket.this[0].bucket
  enable       = true
  tls_versions = ["TLSv1.2", "TLSv1.3"]
}

resource "alicloud_oss_bucket_cname" "this" {
  count = var.create && var.download_domain != null ? 1 : 0

  bucket = alicloud_oss_bucket.this[0].bucket
  domain = var.download_domain
}

locals {
  policy = jsonencode({
    Version = "1"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["oss:ListObjects"]
        Resource = ["acs:oss:*:*:${var.bucket_name}"]
      },
      {
        Effect = "Allow"
        Action = [
          "oss:GetObject",
          "oss:PutObject",
          "oss:DeleteObject",
          "oss:AbortMultipartUpload",
          "oss:ListParts",
        ]
        Resource = ["acs:oss:*:*:${var.bucket_name}/*"]
      },
    ]
  })
}

resource "alicloud_ram_policy" "this" {
  policy_name     = coalesce(var.policy_name, var.bucket_name)
  description     = "What a registry does with the bucket ${var.bucket_name}"
  policy_document = local.policy
}
