mock_provider "alicloud" {}

variables {
  bucket_name = "registry-of-example-com"
  region      = "eu-central-1"
}

run "bucket" {
  assert {
    condition     = alicloud_oss_bucket_public_access_block.this[0].block_public_access
    error_message = "Nothing of the bucket is public."
  }
}

run "china" {
  variables {
    region          = "cn-hangzhou"
    download_domain = "layers.example.com"
    kms_key_id      = "key"
  }

  assert {
    condition     = output.environment.REGISTRY_STORAGE_OSS_REDIRECTENDPOINT == "layers.example.com" && length(alicloud_oss_bucket_cname.this) == 1
    error_message = "Clients are sent to the domain that they may use."
  }
}

run "existing" {
  variables {
    create = false
  }

  assert {
    condition     = length(alicloud_oss_bucket.this) == 0 && length(alicloud_oss_bucket_public_access_block.this) == 0
    error_message = "A bucket that exists keeps its settings."
  }
}

run "refuses_mistakes" {
  command         = plan
  expect_failures = [var.bucket_name, var.abort_multipart_days, var.redundancy_type, var.policy_name]

  variables {
    bucket_name          = "Bucket"
    abort_multipart_days = 1
    redundancy_type      = "GRS"
    policy_name          = "a b"
  }
}

run "refuses_public_downloads_in_china" {
  command         = plan
  expect_failures = [var.download_domain]

  variables {
    region = "cn-hangzhou"
  }
}
