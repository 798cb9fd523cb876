# Names and place

variable "project" {
  description = "The id of the project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's id has 6 to 30 lowercase letters, digits and hyphens."
  }
}

variable "region" {
  description = "Where the registry runs."
  type        = string
  default     = "europe-west3"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "Write a region, such as europe-west3."
  }
}

variable "name" {
  description = "What everything is called, and begins with."
  type        = string
  default     = "registry"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,20}[a-z0-9]$", var.name))
    error_message = "A name has 6 to 22 lowercase letters, digits and hyphens, and begins with a letter."
  }
}

variable "labels" {
  description = "Labels for everything that can have some."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "domain_name" {
  description = "The registry's name, such as registry.example.com. Google makes a certificate for it once it points to the load balancer."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "Write a domain name in lowercase letters, such as registry.example.com."
  }
}

# Service

variable "image" {
  description = "Moorage's image, best by digest, in Artifact Registry."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s@:]+(:[0-9]+)?(/[^\\s@:]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.image))
    error_message = "Write an image with its tag or its digest."
  }
}

variable "nginx_image" {
  description = "nginx, which speaks HTTP/2 to Cloud Run: over HTTP/1 it takes no more than 32 MiB in a request."
  type        = string
  default     = "docker.io/library/nginx:1.28-alpine"
  nullable    = false
}

variable "cpu" {
  description = "Processors of an instance's registry."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = contains([1, 2, 4], var.cpu)
    error_message = "Write 1, 2 or 4."
  }
}

variable "memory" {
  description = "Memory of an instance's registry, such as 1Gi."
  type        = string
  default     = "1Gi"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+(Mi|Gi)$", var.memory))
    error_message = "Write Mi or Gi."
  }
}

variable "replicas" {
  description = "How many instances there are, at least and at most."
  type        = object({ min = optional(number, 2), max = optional(number, 10) })
  default     = {}
  nullable    = false

  validation {
    condition     = var.replicas.min >= 1 && var.replicas.max >= var.replicas.min
    error_message = "min is 1 or more (the registry cleans up in the background), and max is not less."
  }
}

variable "concurrency" {
  description = "How many requests one instance takes at once, before another is started."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 1000
    error_message = "Cloud Run takes 1 to 1000."
  }
}

variable "environment" {
  description = "Variables of docs/configuration.md, on top of what the module sets. No secrets: those belong into extra_secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^(REGISTRY|NODE|HTTPS?|NO)_[A-Z0-9_]+$", name))])
    error_message = "Write names as in docs/configuration.md: REGISTRY_…."
  }

  validation {
    condition     = alltrue([for name in keys(var.environment) : !can(regex("(SECRET|PASSWORD|CREDENTIALS)(_[0-9]+)?$", name))])
    error_message = "Secrets would be readable for everybody who may look at the service: use extra_secrets."
  }
}

variable "extra_secrets" {
  description = "Variables whose values are in Secret Manager: name = id of the secret. Its newest version counts."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "allow_delete" {
  description = "Whether clients may delete images."
  type        = bool
  default     = true
  nullable    = false
}

variable "auth" {
  description = "Who may come in. htpasswd: those in the file that the secret holds (htpasswd -Bn alice). custom: set up by environment and extra_secrets."
  type = object({
    mode               = optional(string, "htpasswd")
    htpasswd_secret_id = optional(string)
    realm              = optional(string, "Registry")
  })
  nullable = false

  validation {
    condition     = contains(["htpasswd", "custom"], var.auth.mode)
    error_message = "mode is htpasswd or custom: a registry that everybody may write to must not be on the internet."
  }

  validation {
    condition     = var.auth.mode != "htpasswd" || var.auth.htpasswd_secret_id != null
    error_message = "htpasswd needs htpasswd_secret_id: the id of the secret that holds the file."
  }
}

variable "deletion_protection" {
  description = "Whether the service refuses to be deleted."
  type        = bool
  default     = true
  nullable    = false
}

# Bucket

variable "bucket_name" {
  description = "The name of the bucket that is made. Null: made of the project and the name."
  type        = string
  default     = null
}

variable "existing_bucket" {
  description = "A bucket that exists, with the images of CNCF distribution for instance. None is made then, and this one's settings stay as they are."
  type        = string
  default     = null

  validation {
    condition     = var.existing_bucket == null || var.bucket_name == null
    error_message = "Give bucket_name for a new bucket or existing_bucket, not both."
  }
}

variable "kms_key_name" {
  description = "The Cloud KMS key to encrypt the bucket with. Null: a key of Google's own."
  type        = string
  default     = null
}

variable "abort_multipart_days" {
  description = "After how many days Cloud Storage throws away uploads in parts that nobody finished. The registry does so a day earlier."
  type        = number
  default     = 8
  nullable    = false
}

variable "soft_delete_days" {
  description = "For how many days what was deleted can be brought back, 7 to 90, or 0. Costs its storage."
  type        = number
  default     = 0
  nullable    = false
}

variable "force_destroy" {
  description = "Whether terraform destroy may delete the bucket with all images in it."
  type        = bool
  default     = false
  nullable    = false
}

# Secret of the replicas

variable "http_secret_id" {
  description = "A secret of Secret Manager that all instances sign uploads with. Null: one is made, with the content of http_secret."
  type        = string
  default     = null
}

variable "http_secret" {
  description = "The content of the secret that is made: 32 characters or more. It is never in the state."
  type        = string
  default     = null
  ephemeral   = true

  validation {
    condition     = var.http_secret_id != null || try(length(var.http_secret) >= 32, false)
    error_message = "Give http_secret with 32 characters or more, or http_secret_id."
  }
}

variable "http_secret_version" {
  description = "Raise it to have http_secret written anew. Running uploads break then; docs/deployment.md tells how they do not."
  type        = number
  default     = 1
  nullable    = false
}

# Observability

variable "notification_channels" {
  description = "Whom alerts are sent to: names of notification channels."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alert_thresholds" {
  description = "When alerts go off: failed requests a minute, the slowest of 100 answers in seconds."
  type        = object({ errors = optional(number, 2), slow_seconds = optional(number, 20) })
  default     = {}
  nullable    = false
}
