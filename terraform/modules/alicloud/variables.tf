# Names and place

variable "name" {
  description = "What everything is called, and begins with."
  type        = string
  default     = "registry"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "A name has 3 to 24 lowercase letters, digits and hyphens, and begins with a letter."
  }
}

variable "region" {
  description = "Where everything is, which must be the provider's region, such as eu-central-1."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+(-[0-9])?$", var.region))
    error_message = "Write a region, such as eu-central-1 or cn-hangzhou."
  }
}

variable "tags" {
  description = "Tags for everything that can have some."
  type        = map(string)
  default     = {}
  nullable    = false
}

# Network

variable "vpc_id" {
  description = "A VPC that exists. Null: one is made."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id == null ? length(var.vswitches) == 0 : length(var.vswitches) >= 2
    error_message = "With vpc_id, give vswitches in two zones or more; without, none: they are made."
  }
}

variable "vswitches" {
  description = "With vpc_id: vSwitches, and the zones that they are in."
  type        = list(object({ id = string, zone_id = string }))
  default     = []
  nullable    = false
}

variable "route_table_ids" {
  description = "With vpc_id: the route tables of the vSwitches, for the gateway endpoint of OSS. Empty: none is made."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "vpc_cidr" {
  description = "The addresses of the VPC: of the one that is made, or of vpc_id's. Only from there the replicas can be reached."
  type        = string
  default     = "10.90.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(tonumber(split("/", var.vpc_cidr)[1]), 32) <= 22
    error_message = "Write an IPv4 block of /22 or larger, such as 10.90.0.0/16."
  }
}

variable "zones" {
  description = "Where vSwitches are made. Null: two zones of the region."
  type        = list(string)
  default     = null

  validation {
    condition     = var.zones == null || length(coalesce(var.zones, [])) >= 2
    error_message = "Name two zones or more: the load balancer wants them, and one may fail."
  }
}

variable "internal" {
  description = "Keeps the load balancer inside of the VPC."
  type        = bool
  default     = false
  nullable    = false
}

variable "public_egress" {
  description = "Gives each replica an address to reach the internet with, for an image that is not in the VPC's reach."
  type        = bool
  default     = false
  nullable    = false
}

# Load balancer

variable "domain_name" {
  description = "The registry's name, such as registry.example.com, which you point to the output alb_dns_name (CNAME)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "Write a domain name in lowercase letters, such as registry.example.com."
  }
}

variable "certificate_id" {
  description = "The certificate for domain_name, in Alibaba's certificate service."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.certificate_id) > 0
    error_message = "Passwords travel over TLS only: a certificate is needed."
  }
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted."
  type        = bool
  default     = true
  nullable    = false
}

# Service

variable "image" {
  description = "Moorage's image, best by digest. In Container Registry: by its address in the VPC, or public_egress is needed."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s@:]+(:[0-9]+)?(/[^\\s@:]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.image))
    error_message = "Write an image with its tag or its digest."
  }
}

variable "cpu" {
  description = "A replica's processors."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = contains([0.5, 1, 2, 4, 8], var.cpu)
    error_message = "Write 0.5, 1, 2, 4 or 8."
  }
}

variable "memory" {
  description = "A replica's memory, in GiB."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.memory >= 1 && var.memory <= 64
    error_message = "Write 1 to 64 GiB."
  }
}

variable "replicas" {
  description = "How many replicas there are, at least and at most."
  type        = object({ min = optional(number, 2), max = optional(number, 10) })
  default     = {}
  nullable    = false

  validation {
    condition     = var.replicas.min >= 1 && var.replicas.max >= var.replicas.min
    error_message = "min is 1 or more, and max is not less."
  }
}

variable "cpu_target" {
  description = "The processor's load, in percent, that replicas are added or taken away for."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.cpu_target >= 10 && var.cpu_target <= 90
    error_message = "Write 10 to 90 percent."
  }
}

variable "environment" {
  description = "Variables of docs/configuration.md, on top of what the module sets. No secrets: those belong into secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^(REGISTRY|NODE|HTTPS?|NO)_[A-Z0-9_]+$", name))])
    error_message = "Write names as in docs/configuration.md: REGISTRY_…."
  }

  validation {
    condition     = alltrue([for name in keys(var.environment) : !can(regex("(SECRET|PASSWORD|ACCESSKEYSECRET)(_[0-9]+)?$", name))])
    error_message = "Secrets would be readable for everybody who may look at the group: keep them in KMS, and name them in secrets."
  }
}

variable "allow_delete" {
  description = "Whether clients may delete images."
  type        = bool
  default     = true
  nullable    = false
}

variable "secrets" {
  description = "The names of secrets in KMS, which you make (see the README): what uploads are signed with, the key of the user that may use the bucket, and the htpasswd file."
  type = object({
    http_secret       = string
    access_key_id     = string
    access_key_secret = string
    htpasswd          = optional(string)
  })
  nullable = false

  validation {
    condition     = alltrue([for name in values(var.secrets) : name == null || can(regex("^[A-Za-z0-9_/+=.@-]{1,64}$", name))])
    error_message = "Write names of secrets, not their contents: up to 64 letters, digits and _/+=.@-."
  }
}

variable "auth" {
  description = "Who may come in. htpasswd: those in the file of secrets.htpasswd. none: everybody may do everything."
  type        = object({ mode = optional(string, "htpasswd"), realm = optional(string, "Registry") })
  default     = {}
  nullable    = false

  validation {
    condition     = contains(["htpasswd", "none"], var.auth.mode)
    error_message = "mode is htpasswd or none."
  }

  validation {
    condition     = var.auth.mode != "htpasswd" || var.secrets.htpasswd != null
    error_message = "htpasswd needs secrets.htpasswd."
  }

  validation {
    condition     = var.auth.mode != "none" || var.internal
    error_message = "A registry that everybody may write to must not be on the internet: set internal, or choose another mode."
  }
}

# Bucket

variable "bucket_name" {
  description = "The name of the bucket that is made. Null: existing_bucket."
  type        = string
  default     = null

  validation {
    condition     = (var.bucket_name == null) != (var.existing_bucket == null)
    error_message = "Give bucket_name for a new bucket or existing_bucket."
  }
}

variable "existing_bucket" {
  description = "A bucket that exists, with the images of CNCF distribution for instance. None is made then, and this one's settings stay as they are."
  type        = string
  default     = null
}

variable "kms_key_id" {
  description = "The KMS key to encrypt the bucket with. Null: a key of OSS's own."
  type        = string
  default     = null
}

variable "abort_multipart_days" {
  description = "After how many days OSS throws away uploads in parts that nobody finished. The registry does so a day earlier."
  type        = number
  default     = 8
  nullable    = false
}

variable "download_domain" {
  description = "A domain of yours that leads to the bucket (CNAME), for downloads. In mainland China new accounts cannot let clients use OSS's own."
  type        = string
  default     = null
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

# Observability

variable "log_project" {
  description = "A project of the log service for the load balancer's access logs, with the store named as this module's name. Null: none."
  type        = string
  default     = null
}

variable "alarm_contact_groups" {
  description = "Whom alarms are sent to: contact groups of CloudMonitor. Empty: there are no alarms."
  type        = list(string)
  default     = []
  nullable    = false
}
