mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  bucket_name = "registry-of-example-com"
}

run "bucket" {
  assert {
    condition     = aws_s3_bucket_server_side_encryption_configuration.this[0].rule != null && !aws_s3_bucket.this[0].force_destroy
    error_message = "The bucket is encrypted, and not deleted with its images."
  }

  assert {
    condition     = output.environment.REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE == "168h"
    error_message = "The registry cleans up a day before S3 does."
  }
}

run "kubernetes" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    versioning  = true
    kubernetes = {
      oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF"
      oidc_issuer_url   = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF"
    }
  }

  assert {
    condition     = jsondecode(aws_iam_role.kubernetes[0].assume_role_policy).Statement[0].Condition.StringEquals["oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF:sub"] == "system:serviceaccount:registry:registry"
    error_message = "Only the registry's service account may take the role."
  }
}

run "existing" {
  variables {
    create = false
  }

  assert {
    condition     = length(aws_s3_bucket.this) == 0 && length(aws_s3_bucket_policy.this) == 0 && length(aws_s3_bucket_lifecycle_configuration.this) == 0
    error_message = "A bucket that exists keeps its settings."
  }
}

run "refuses_mistakes" {
  command         = plan
  expect_failures = [var.bucket_name, var.abort_multipart_days, var.kms_key_arn, var.noncurrent_days]

  variables {
    bucket_name          = "Not.A.Bucket"
    abort_multipart_days = 1
    kms_key_arn          = "alias/mine"
    noncurrent_days      = 0
  }
}
