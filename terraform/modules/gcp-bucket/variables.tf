variable "project" {
  description = "The id of the project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's id has 6 to 30 lowercase letters, digits and hyphens."
  }
}

variable "bucket_name" {
  description = "The bucket's name, which nobody else in Google Cloud may have."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.bucket_name)) && !startswith(var.bucket_name, "goog")
    error_message = "A bucket's name has 3 to 63 lowercase letters, digits, hyphens and underscores, and does not begin with goog."
  }
}

variable "create" {
  description = "Whether to make the bucket. If not, it must exist, and only the registry's rights to it are made: its settings stay as they are."
  type        = bool
  default     = true
  nullable    = false
}

variable "location" {
  description = "The bucket's location: a region near the registry, or a dual region."
  type        = string
  default     = "EUROPE-WEST3"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z]+[A-Za-z0-9-]*$", var.location))
    error_message = "Write a location, such as EUROPE-WEST3 or EUR4."
  }
}

variable "service_account_id" {
  description = "The name of the service account that is made for the registry."
  type        = string
  default     = "registry"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.service_account_id))
    error_message = "A service account's name has 6 to 30 lowercase letters, digits and hyphens."
  }
}

variable "kubernetes" {
  description = "Lets a service account of a GKE cluster with workload identity act as the registry: its namespace and its name."
  type = object({
    namespace       = optional(string, "registry")
    service_account = optional(string, "registry")
  })
  default = null
}

variable "kms_key_name" {
  description = "The Cloud KMS key to encrypt with. Null: a key of Google's own. Cloud Storage's service agent must be allowed to use it."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_name == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key_name))
    error_message = "Write projects/…/locations/…/keyRings/…/cryptoKeys/…."
  }
}

variable "abort_multipart_days" {
  description = "After how many days Cloud Storage throws away uploads in parts that nobody finished. The registry does so a day earlier."
  type        = number
  default     = 8
  nullable    = false

  validation {
    condition     = var.abort_multipart_days >= 2 && floor(var.abort_multipart_days) == var.abort_multipart_days
    error_message = "Write a whole number of days, 2 or more: a slow upload must not lose its beginning."
  }
}

variable "soft_delete_days" {
  description = "For how many days what was deleted can be brought back, 7 to 90, or 0. Costs its storage, also that of every finished upload's parts."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.soft_delete_days == 0 || (var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "Write 0, or 7 to 90 days."
  }
}

variable "force_destroy" {
  description = "Whether terraform destroy may delete the bucket with all images in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "labels" {
  description = "Labels for everything that can have some."
  type        = map(string)
  default     = {}
  nullable    = false
}
