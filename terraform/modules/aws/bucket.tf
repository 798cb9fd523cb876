data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  bucket_name = coalesce(
    var.existing_bucket,
    var.bucket_name,
    "${var.name}-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}",
  )
}

module "bucket" {
  source = "../aws-bucket"

  bucket_name                  = local.bucket_name
  create                       = var.existing_bucket == null
  policy_name                  = "${var.name}-bucket"
  kms_key_arn                  = var.kms_key_arn
  abort_multipart_days         = var.abort_multipart_days
  versioning                   = var.versioning
  noncurrent_days              = var.noncurrent_days
  force_destroy                = var.force_destroy
  restrict_to_vpc_endpoint     = var.restrict_to_vpce
  restrict_to_vpc_endpoint_id  = var.restrict_to_vpce ? aws_vpc_endpoint.s3[0].id : null
  additional_policy_statements = local.cloudfront_statements
  tags                         = var.tags
}
