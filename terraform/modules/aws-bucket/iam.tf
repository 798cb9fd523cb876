locals {
  # What drivers/s3/README.md lists, and nothing else.
  statements = concat(
    [
      {
        Sid    = "Bucket"
        Effect = "Allow"
        # Without ListBucket S3 says "denied" where it should say "not there", and nothing could ever be found absent.
        Action   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = [local.bucket_arn]
      },
      {
        Sid    = "Objects"
        Effect = "Allow"
        Action = [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ]
        Resource = ["${local.bucket_arn}/*"]
      },
    ],
    var.kms_key_arn == null ? [] : [
      {
        Sid      = "Key"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = [var.kms_key_arn]
      },
    ],
  )

  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
  issuer = trimprefix(try(var.kubernetes.oidc_issuer_url, ""), "https://")
}

resource "aws_iam_policy" "this" {
  name        = local.name
  description = "What a registry does with the bucket ${var.bucket_name}"
  policy      = local.policy
  tags        = var.tags
}

resource "aws_iam_role" "kubernetes" {
  count = var.kubernetes == null ? 0 : 1

  name        = local.name
  description = "The registry in Kubernetes, for the bucket ${var.bucket_name}"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRoleWithWebIdentity"
        Principal = { Federated = var.kubernetes.oidc_provider_arn }
        Condition = {
          StringEquals = {
            "${local.issuer}:aud" = "sts.amazonaws.com"
            "${local.issuer}:sub" = "system:serviceaccount:${var.kubernetes.namespace}:${var.kubernetes.service_account}"
          }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "kubernetes" {
  count = var.kubernetes == null ? 0 : 1

  role       = aws_iam_role.kubernetes[0].name
  policy_arn = aws_iam_policy.this.arn
}
