output "bucket_name" {
  description = "The bucket's name."
  value       = var.create ? alicloud_oss_bucket.this[0].bucket : var.bucket_name
}

output "policy_name" {
  description = "The RAM policy that the registry's user needs."
  value       = alicloud_ram_policy.this.policy_name
}

output "policy_json" {
  description = "The same policy, for those who keep policies elsewhere."
  value       = local.policy
}

output "identity" {
  description = "What the registry's user needs: the RAM policy."
  value       = alicloud_ram_policy.this.policy_name
}

output "environment" {
  description = "What the registry needs to know about the bucket, as variables, besides the keys of its user."
  value = merge(
    {
      REGISTRY_STORAGE              = "oss"
      REGISTRY_STORAGE_OSS_REGION   = "oss-${var.region}"
      REGISTRY_STORAGE_OSS_BUCKET   = var.bucket_name
      REGISTRY_STORAGE_OSS_INTERNAL = tostring(var.internal)
      REGISTRY_STORAGE_OSS_ENCRYPT  = "true"
      # A day before OSS does it, so that the registry's record goes with the parts.
      REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE = "${(var.abort_multipart_days - 1) * 24}h"
    },
    var.download_domain == null ? {} : { REGISTRY_STORAGE_OSS_REDIRECTENDPOINT = var.download_domain },
  )
}

output "next_steps" {
  description = "What to type next."
  value = join("\n", [
    "Make a user for the registry, with this policy and a key:",
    "  aliyun ram CreateUser --UserName registry",
    "  aliyun ram AttachPolicyToUser --PolicyType Custom --PolicyName ${alicloud_ram_policy.this.policy_name} --UserName registry",
    "  aliyun ram CreateAccessKey --UserName registry",
    "Give the registry that key as REGISTRY_STORAGE_OSS_ACCESSKEYID and REGISTRY_STORAGE_OSS_ACCESSKEYSECRET (or …_FILE), and the variables of the output environment:",
    "  terraform output -json environment",
  ])
}
