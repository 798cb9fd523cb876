variable "resource_group_name" {
  description = "The resource group that everything is made in. It must exist."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._()-]{1,90}$", var.resource_group_name))
    error_message = "A resource group's name has up to 90 letters, digits, dots, underscores, hyphens and parentheses."
  }
}

variable "location" {
  description = "Where it is, such as germanywestcentral."
  type        = string
  default     = "germanywestcentral"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+$", var.location))
    error_message = "Write a location as az account list-locations shows its name, such as germanywestcentral."
  }
}

variable "storage_account_name" {
  description = "The storage account's name, which nobody else in Azure may have."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.storage_account_name))
    error_message = "A storage account's name has 3 to 24 lowercase letters and digits."
  }
}

variable "container_name" {
  description = "The container's name."
  type        = string
  default     = "registry"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9])+$", var.container_name)) && length(var.container_name) >= 3 && length(var.container_name) <= 63
    error_message = "A container's name has 3 to 63 lowercase letters, digits and single hyphens."
  }
}

variable "existing_storage_account_id" {
  description = "A storage account that exists, with its container, by its id. None is made then, and this one's settings stay as they are."
  type        = string
  default     = null

  validation {
    condition     = var.existing_storage_account_id == null || can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Storage/storageAccounts/[a-z0-9]{3,24}$", var.existing_storage_account_id))
    error_message = "Write /subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/NAME."
  }

  validation {
    condition     = var.existing_storage_account_id == null || endswith(coalesce(var.existing_storage_account_id, "/"), "/${var.storage_account_name}")
    error_message = "storage_account_name must be that account's name."
  }
}

variable "replication_type" {
  description = "How often Azure keeps a byte: ZRS is in three zones of the region."
  type        = string
  default     = "ZRS"
  nullable    = false

  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "GZRS", "RAGRS", "RAGZRS"], var.replication_type)
    error_message = "Write LRS, ZRS, GRS, GZRS, RAGRS or RAGZRS."
  }
}

variable "identity_name" {
  description = "The name of the identity that is made for the registry."
  type        = string
  default     = "registry"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$", var.identity_name))
    error_message = "An identity's name has 3 to 128 letters, digits, underscores and hyphens."
  }
}

variable "soft_delete_days" {
  description = "For how many days what was deleted can be brought back, 1 to 365, or 0. Costs its storage, also that of every finished upload's parts."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.soft_delete_days >= 0 && var.soft_delete_days <= 365
    error_message = "Write 0 to 365 days."
  }
}

variable "allowed_subnet_ids" {
  description = "Only these subnets reach the account. Clients elsewhere then get blobs through the registry, which costs its bandwidth. Empty: everybody who has a signed URL."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "tags" {
  description = "Tags for everything that can have some."
  type        = map(string)
  default     = {}
  nullable    = false
}
