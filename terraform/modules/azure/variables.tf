# Names and place

variable "name" {
  description = "What everything is called, and begins with."
  type        = string
  default     = "registry"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "A name has 3 to 24 lowercase letters, digits and single hyphens, and begins with a letter."
  }
}

variable "location" {
  description = "Where everything is, such as germanywestcentral."
  type        = string
  default     = "germanywestcentral"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+$", var.location))
    error_message = "Write a location as az account list-locations shows its name, such as germanywestcentral."
  }
}

variable "resource_group_name" {
  description = "A resource group that exists. Null: one is made."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for everything that can have some."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "domain_name" {
  description = "A name of your own, such as registry.example.com, that you bind after the first apply (see next_steps). Null: the one that Azure gives."
  type        = string
  default     = null

  validation {
    condition     = var.domain_name == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "Write a domain name in lowercase letters, such as registry.example.com."
  }
}

variable "infrastructure_subnet_id" {
  description = "A subnet of /23 or larger for the environment, delegated to Microsoft.App/environments. Null: Azure's own network, without zone redundancy."
  type        = string
  default     = null
}

variable "internal" {
  description = "Keeps the registry inside of the subnet's network."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.internal || var.infrastructure_subnet_id != null
    error_message = "internal needs infrastructure_subnet_id."
  }
}

variable "ingress_cidrs" {
  description = "Who may reach the registry. Empty: everybody."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ingress_cidrs : can(cidrnetmask(cidr))])
    error_message = "Write IPv4 blocks, such as 203.0.113.0/24."
  }
}

# Service

variable "image" {
  description = "Moorage's image, best by digest, in a registry that is open to read or that registry_server names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s@:]+(:[0-9]+)?(/[^\\s@:]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.image))
    error_message = "Write an image with its tag or its digest."
  }
}

variable "registry_server" {
  description = "The Azure container registry that the image is pulled from, such as example.azurecr.io. The identity needs AcrPull on it. Null: an open one."
  type        = string
  default     = null
}

variable "cpu" {
  description = "A replica's processors."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = contains([0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2], var.cpu)
    error_message = "Container Apps has 0.25 to 2, in steps of 0.25; its memory is twice that, in GiB."
  }
}

variable "replicas" {
  description = "How many replicas there are, at least and at most."
  type        = object({ min = optional(number, 2), max = optional(number, 10) })
  default     = {}
  nullable    = false

  validation {
    condition     = var.replicas.min >= 1 && var.replicas.max >= var.replicas.min
    error_message = "min is 1 or more (the registry cleans up in the background), and max is not less."
  }
}

variable "concurrency" {
  description = "How many requests one replica should have at once; with more another one is added."
  type        = number
  default     = 50
  nullable    = false

  validation {
    condition     = var.concurrency >= 1
    error_message = "Write 1 or more."
  }
}

variable "environment" {
  description = "Variables of docs/configuration.md, on top of what the module sets. No secrets: those belong into extra_secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^(REGISTRY|AZURE|NODE|HTTPS?|NO)_[A-Z0-9_]+$", name))])
    error_message = "Write names as in docs/configuration.md: REGISTRY_…."
  }

  validation {
    condition     = alltrue([for name in keys(var.environment) : !can(regex("(SECRET|PASSWORD|ACCOUNTKEY)(_[0-9]+)?$", name))])
    error_message = "Secrets would be readable for everybody who may look at the app: use extra_secrets."
  }
}

variable "extra_secrets" {
  description = "Variables whose values are in the key vault: name = URL of the secret, without a version."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for url in values(var.extra_secrets) : can(regex("^https://[^/]+/secrets/[^/]+$", url))])
    error_message = "Write https://VAULT.vault.azure.net/secrets/NAME."
  }
}

variable "allow_delete" {
  description = "Whether clients may delete images."
  type        = bool
  default     = true
  nullable    = false
}

variable "auth" {
  description = "Who may come in. htpasswd: those in the file that the secret of a key vault holds (htpasswd -Bn alice). custom: set up by environment and extra_secrets. none: everybody may do everything."
  type = object({
    mode                = optional(string, "htpasswd")
    htpasswd_secret_url = optional(string)
    realm               = optional(string, "Registry")
  })
  nullable = false

  validation {
    condition     = contains(["htpasswd", "custom", "none"], var.auth.mode)
    error_message = "mode is htpasswd, custom or none."
  }

  validation {
    condition     = var.auth.mode != "htpasswd" || can(regex("^https://[^/]+/secrets/[^/]+$", var.auth.htpasswd_secret_url))
    error_message = "htpasswd needs htpasswd_secret_url: https://VAULT.vault.azure.net/secrets/NAME."
  }

  validation {
    condition     = var.auth.mode != "none" || var.internal
    error_message = "A registry that everybody may write to must not be on the internet: set internal, or choose another mode."
  }
}

# Bucket

variable "storage_account_name" {
  description = "The storage account's name, which nobody else in Azure may have."
  type        = string
  nullable    = false
}

variable "container_name" {
  description = "The container's name."
  type        = string
  default     = "registry"
  nullable    = false
}

variable "existing_storage_account_id" {
  description = "A storage account that exists, with its container, by its id. None is made then, and this one's settings stay as they are."
  type        = string
  default     = null
}

variable "replication_type" {
  description = "How often Azure keeps a byte: ZRS is in three zones of the region."
  type        = string
  default     = "ZRS"
  nullable    = false
}

variable "soft_delete_days" {
  description = "For how many days what was deleted can be brought back, 1 to 365, or 0. Costs its storage."
  type        = number
  default     = 0
  nullable    = false
}

variable "allowed_subnet_ids" {
  description = "Only these subnets reach the account; the environment's own must be among them. Clients then get blobs through the registry."
  type        = list(string)
  default     = []
  nullable    = false
}

# Secret of the replicas

variable "key_vault_name" {
  description = "The name of the key vault that is made, which nobody else in Azure may have."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$", var.key_vault_name))
    error_message = "A key vault's name has 3 to 24 letters, digits and hyphens, and begins with a letter."
  }
}

variable "http_secret" {
  description = "What all replicas sign uploads with: 32 characters or more. It is never in the state."
  type        = string
  nullable    = false
  ephemeral   = true

  validation {
    condition     = length(var.http_secret) >= 32
    error_message = "Give 32 characters or more."
  }
}

variable "http_secret_version" {
  description = "Raise it to have http_secret written anew. Running uploads break then; docs/deployment.md tells how they do not."
  type        = number
  default     = 1
  nullable    = false
}

# Observability

variable "log_retention_days" {
  description = "For how many days logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 730
    error_message = "Write 30 to 730 days."
  }
}

variable "action_group_ids" {
  description = "Whom alerts are sent to: ids of action groups."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alert_thresholds" {
  description = "When alerts go off: failed requests in 5 minutes, processor and memory in percent of what a replica has."
  type        = object({ errors = optional(number, 10), cpu_percent = optional(number, 85), memory_percent = optional(number, 85) })
  default     = {}
  nullable    = false
}
