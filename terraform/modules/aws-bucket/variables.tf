variable "bucket_name" {
  description = "The bucket's name, which nobody else in AWS may have."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "A bucket's name has 3 to 63 lowercase letters, digits and hyphens. Dots are left out: TLS certificates do not cover them."
  }
}

variable "create" {
  description = "Whether to make the bucket. If not, it must exist, and only the policy for the registry is made: its settings stay as they are."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key_arn" {
  description = "The KMS key to encrypt with, by its ARN. Without one S3 encrypts with a key of its own."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "Write the ARN of a key (not of an alias): arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "abort_multipart_days" {
  description = "After how many days S3 throws away uploads in parts that nobody finished. The registry does so a day earlier."
  type        = number
  default     = 8
  nullable    = false

  validation {
    condition     = var.abort_multipart_days >= 2 && floor(var.abort_multipart_days) == var.abort_multipart_days
    error_message = "Write a whole number of days, 2 or more: a slow upload must not lose its beginning."
  }
}

variable "versioning" {
  description = "Keeps what was overwritten or deleted for noncurrent_days. Costs their storage."
  type        = bool
  default     = false
  nullable    = false
}

variable "noncurrent_days" {
  description = "With versioning: for how many days what was overwritten or deleted is kept."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "Write a whole number of days, 1 or more."
  }
}

variable "restrict_to_vpc_endpoint_id" {
  description = "Only through this VPC endpoint objects can be reached. Clients outside then get blobs through the registry, which costs its bandwidth."
  type        = string
  default     = null

  validation {
    condition     = var.restrict_to_vpc_endpoint_id == null || can(regex("^vpce-[0-9a-z]+$", var.restrict_to_vpc_endpoint_id))
    error_message = "Write the id of a VPC endpoint: vpce-…."
  }
}

variable "restrict_to_vpc_endpoint" {
  description = "Whether restrict_to_vpc_endpoint_id counts; for ids that are known only after the endpoint is made. Null: if there is an id."
  type        = bool
  default     = null
}

variable "additional_policy_statements" {
  description = "Statements of the bucket's policy on top of the module's own, each as JSON."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for statement in var.additional_policy_statements : can(jsondecode(statement).Effect)])
    error_message = "Write statements as JSON, with jsonencode({Effect = …})."
  }
}

variable "force_destroy" {
  description = "Whether terraform destroy may delete the bucket with all images in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "kubernetes" {
  description = "Makes a role for a service account of an EKS cluster (IRSA): the ARN and the URL of the cluster's OIDC provider, the namespace and the name of the account."
  type = object({
    oidc_provider_arn = string
    oidc_issuer_url   = string
    namespace         = optional(string, "registry")
    service_account   = optional(string, "registry")
  })
  default = null

  validation {
    condition     = var.kubernetes == null || can(regex("^arn:[^:]+:iam::[0-9]{12}:oidc-provider/.+$", var.kubernetes.oidc_provider_arn))
    error_message = "Write the ARN of the cluster's OIDC provider: arn:aws:iam::ACCOUNT:oidc-provider/…."
  }

  validation {
    condition     = var.kubernetes == null || startswith(try(var.kubernetes.oidc_issuer_url, ""), "https://")
    error_message = "Write the URL of the cluster's issuer, with https://."
  }
}

variable "policy_name" {
  description = "The name of the policy, and of the role for Kubernetes. Null: the bucket's name."
  type        = string
  default     = null

  validation {
    condition     = var.policy_name == null || can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.policy_name))
    error_message = "A policy's name has up to 64 letters, digits and +=,.@_-."
  }
}

variable "tags" {
  description = "Tags for everything that can have some."
  type        = map(string)
  default     = {}
  nullable    = false
}
