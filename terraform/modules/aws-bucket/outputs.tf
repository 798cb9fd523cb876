output "bucket_name" {
  description = "The bucket's name."
  value       = var.create ? aws_s3_bucket.this[0].bucket : var.bucket_name
}

output "bucket_arn" {
  description = "The bucket's ARN."
  value       = local.bucket_arn
}

output "bucket_regional_domain_name" {
  description = "Where CloudFront fetches from. Null for a bucket that existed."
  value       = var.create ? aws_s3_bucket.this[0].bucket_regional_domain_name : null
}

output "policy_arn" {
  description = "The policy that the registry's identity needs: attach it to the role or user that your compute runs as."
  value       = aws_iam_policy.this.arn
}

output "policy_json" {
  description = "The same policy, for those who keep policies elsewhere."
  value       = local.policy
}

output "role_arn" {
  description = "The role for the service account, with kubernetes. Null without."
  value       = one(aws_iam_role.kubernetes[*].arn)
}

output "identity" {
  description = "Who reads and writes the bucket: the role, or the policy for a role of yours."
  value       = try(aws_iam_role.kubernetes[0].arn, aws_iam_policy.this.arn)
}

output "environment" {
  description = "What the registry needs to know about the bucket, as variables."
  value = merge(
    {
      REGISTRY_STORAGE            = "s3"
      REGISTRY_STORAGE_S3_REGION  = data.aws_region.current.name
      REGISTRY_STORAGE_S3_BUCKET  = var.bucket_name
      REGISTRY_STORAGE_S3_ENCRYPT = "true"
      # A day before S3 does it, so that the registry's record goes with the parts.
      REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE = "${(var.abort_multipart_days - 1) * 24}h"
    },
    var.kms_key_arn == null ? {} : { REGISTRY_STORAGE_S3_KEYID = var.kms_key_arn },
    # Clients out there could not follow a redirect.
    local.restricted ? { REGISTRY_STORAGE_REDIRECT_DISABLE = "true" } : {},
  )
}

output "next_steps" {
  description = "What to type next."
  value = var.kubernetes != null ? join("\n", [
    "Give the service account ${var.kubernetes.namespace}/${var.kubernetes.service_account} the annotation",
    "  eks.amazonaws.com/role-arn: ${aws_iam_role.kubernetes[0].arn}",
    "and the registry the variables of the output environment:",
    "  terraform output -json environment",
    ]) : join("\n", [
    "Attach the policy to whom the registry runs as:",
    "  aws iam attach-role-policy --role-name ROLE --policy-arn ${aws_iam_policy.this.arn}",
    "and give the registry the variables of the output environment:",
    "  terraform output -json environment",
  ])
}
