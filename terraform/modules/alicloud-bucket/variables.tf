variable "bucket_name" {
  description = "The bucket's name, which nobody else in Alibaba Cloud may have."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "A bucket's name has 3 to 63 lowercase letters, digits and hyphens."
  }
}

variable "region" {
  description = "The bucket's region, which must be the provider's, such as eu-central-1."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+(-[0-9])?$", var.region))
    error_message = "Write a region, such as eu-central-1 or cn-hangzhou."
  }
}

variable "create" {
  description = "Whether to make the bucket. If not, it must exist, and only the policy for the registry is made: its settings stay as they are."
  type        = bool
  default     = true
  nullable    = false
}

variable "policy_name" {
  description = "The name of the RAM policy. Null: the bucket's name."
  type        = string
  default     = null

  validation {
    condition     = var.policy_name == null || can(regex("^[A-Za-z0-9-]{1,128}$", var.policy_name))
    error_message = "A policy's name has up to 128 letters, digits and hyphens."
  }
}

variable "kms_key_id" {
  description = "The KMS key to encrypt with. Null: a key of OSS's own."
  type        = string
  default     = null
}

variable "redundancy_type" {
  description = "ZRS keeps each byte in three zones; LRS, which is cheaper, in one."
  type        = string
  default     = "ZRS"
  nullable    = false

  validation {
    condition     = contains(["LRS", "ZRS"], var.redundancy_type)
    error_message = "Write LRS or ZRS."
  }
}

variable "abort_multipart_days" {
  description = "After how many days OSS throws away uploads in parts that nobody finished. The registry does so a day earlier."
  type        = number
  default     = 8
  nullable    = false

  validation {
    condition     = var.abort_multipart_days >= 2 && floor(var.abort_multipart_days) == var.abort_multipart_days
    error_message = "Write a whole number of days, 2 or more: a slow upload must not lose its beginning."
  }
}

variable "internal" {
  description = "Whether the registry runs in the bucket's region at Alibaba, and reaches it over its own network, which costs nothing."
  type        = bool
  default     = true
  nullable    = false
}

variable "download_domain" {
  description = "A domain of yours that leads to the bucket (CNAME), for downloads. In mainland China new accounts cannot let clients use OSS's own."
  type        = string
  default     = null

  validation {
    condition     = var.download_domain == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.download_domain))
    error_message = "Write a domain name in lowercase letters, such as layers.example.com."
  }

  validation {
    condition     = !startswith(var.region, "cn-") || var.region == "cn-hongkong" || var.download_domain != null || var.allow_public_endpoint
    error_message = "In mainland China OSS refuses downloads by its own public domain to accounts that are newer than March 2025: set download_domain, or allow_public_endpoint if yours is older."
  }
}

variable "allow_public_endpoint" {
  description = "In mainland China: your account may still use OSS's own public domain for data."
  type        = bool
  default     = false
  nullable    = false
}

variable "force_destroy" {
  description = "Whether terraform destroy may delete the bucket with all images in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for everything that can have some."
  type        = map(string)
  default     = {}
  nullable    = false
}
