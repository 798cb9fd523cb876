# Names

variable "name" {
  description = "What everything is called, and begins with."
  type        = string
  default     = "registry"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "A name has 3 to 24 lowercase letters, digits and hyphens, and begins with a letter: load balancers allow no more."
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
    condition     = var.vpc_id == null || can(regex("^vpc-[0-9a-z]+$", var.vpc_id))
    error_message = "Write the id of a VPC: vpc-…."
  }
}

variable "vpc_cidr" {
  description = "The addresses of the VPC that is made."
  type        = string
  default     = "10.90.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(tonumber(split("/", var.vpc_cidr)[1]), 32) <= 22
    error_message = "Write an IPv4 block of /22 or larger, such as 10.90.0.0/16."
  }
}

variable "availability_zones" {
  description = "Where subnets are made. Null: the first three of the region."
  type        = list(string)
  default     = null

  validation {
    condition     = var.availability_zones == null || length(coalesce(var.availability_zones, [])) >= 2
    error_message = "Name two zones or more: the load balancer wants them, and one may fail."
  }
}

variable "public_subnet_ids" {
  description = "With vpc_id: where the load balancer stands. With internal: subnets that are not public."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = var.vpc_id == null ? length(var.public_subnet_ids) == 0 : length(var.public_subnet_ids) >= 2
    error_message = "With vpc_id, name two subnets or more for the load balancer; without, none: they are made."
  }
}

variable "private_subnet_ids" {
  description = "With vpc_id: where the registry's tasks run."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = var.vpc_id == null ? length(var.private_subnet_ids) == 0 : length(var.private_subnet_ids) >= 2
    error_message = "With vpc_id, name two subnets or more for the tasks; without, none: they are made."
  }
}

variable "private_route_table_ids" {
  description = "With vpc_id: the route tables of the private subnets, for the S3 gateway endpoint. Empty: the VPC has one already, or every uploaded byte is paid for at the NAT gateway."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "nat_gateways" {
  description = "How tasks reach the internet (for images that are not in ECR): single, per_az, or none, which makes endpoints instead."
  type        = string
  default     = "single"
  nullable    = false

  validation {
    condition     = contains(["single", "per_az", "none"], var.nat_gateways)
    error_message = "Write single, per_az or none."
  }
}

variable "internal" {
  description = "Keeps the load balancer inside of the VPC."
  type        = bool
  default     = false
  nullable    = false
}

variable "ingress_cidrs" {
  description = "Who may reach the load balancer."
  type        = list(string)
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = length(var.ingress_cidrs) > 0 && alltrue([for cidr in var.ingress_cidrs : can(cidrnetmask(cidr))])
    error_message = "Write IPv4 blocks, such as 203.0.113.0/24."
  }
}

# Load balancer

variable "domain_name" {
  description = "The registry's name, such as registry.example.com. With zone_id its certificate and its record are made."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "Write a domain name in lowercase letters, such as registry.example.com."
  }
}

variable "zone_id" {
  description = "The Route 53 zone of domain_name. Null: you point the name to the output alb_dns_name yourself, and bring certificate_arn."
  type        = string
  default     = null

  validation {
    condition     = var.zone_id != null || var.certificate_arn != null
    error_message = "Give zone_id, so that a certificate can be made, or certificate_arn."
  }
}

variable "certificate_arn" {
  description = "A certificate of ACM in this region. Null: one is made in zone_id."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:[^:]+:acm:[^:]+:[0-9]{12}:certificate/.+$", var.certificate_arn))
    error_message = "Write the ARN of a certificate: arn:aws:acm:REGION:ACCOUNT:certificate/ID."
  }
}

variable "ssl_policy" {
  description = "Which TLS the load balancer speaks."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  nullable    = false

  validation {
    condition     = startswith(var.ssl_policy, "ELBSecurityPolicy-TLS13-1-2") || startswith(var.ssl_policy, "ELBSecurityPolicy-TLS13-1-3") || startswith(var.ssl_policy, "ELBSecurityPolicy-FS-1-2")
    error_message = "Choose a policy with TLS 1.2 or later only."
  }
}

variable "idle_timeout" {
  description = "After how many silent seconds the load balancer gives a connection up. The registry keeps its own for longer."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.idle_timeout >= 60 && var.idle_timeout <= 4000
    error_message = "Write 60 to 4000 seconds: the end of a large upload may take S3 a while."
  }
}

variable "deregistration_delay" {
  description = "For how many seconds requests may go on at a task that is leaving."
  type        = number
  default     = 120
  nullable    = false

  validation {
    condition     = var.deregistration_delay >= 110 && var.deregistration_delay <= 3600
    error_message = "Write 110 to 3600 seconds: the registry lets requests end for 110 s."
  }
}

variable "access_logs_bucket" {
  description = "A bucket for the load balancer's access logs, with a policy that lets it write. Null: none."
  type        = string
  default     = null
}

variable "web_acl_arn" {
  description = "A web ACL (WAFv2) for the load balancer. The common rule sets refuse bodies over 8 KB: make them count only below /v2/."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted."
  type        = bool
  default     = true
  nullable    = false
}

# Service

variable "image" {
  description = "Moorage's image, best by digest, in a registry that the tasks can reach."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s@:]+(:[0-9]+)?(/[^\\s@:]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.image))
    error_message = "Write an image with its tag or its digest, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/moorage@sha256:…."
  }
}

variable "ecr_repository_arns" {
  description = "The ECR repositories that the image is pulled from."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.ecr_repository_arns : can(regex("^arn:[^:]+:ecr:[^:]+:[0-9]{12}:repository/.+$", arn))])
    error_message = "Write ARNs of repositories: arn:aws:ecr:REGION:ACCOUNT:repository/NAME."
  }
}

variable "architecture" {
  description = "ARM64, which is cheaper, or X86_64. The image must be there for it."
  type        = string
  default     = "ARM64"
  nullable    = false

  validation {
    condition     = contains(["ARM64", "X86_64"], var.architecture)
    error_message = "Write ARM64 or X86_64."
  }
}

variable "cpu" {
  description = "A task's processor, in 1024ths."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192], var.cpu)
    error_message = "Fargate has 256, 512, 1024, 2048, 4096 and 8192."
  }
}

variable "memory" {
  description = "A task's memory, in MiB."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = var.memory >= 512 && var.memory >= var.cpu && var.memory <= max(var.cpu * 8, 2048)
    error_message = "Fargate takes 512 MiB or more, and for each 1024 of processor between 1 (2 from 1024 on) and 8 GiB."
  }
}

variable "replicas" {
  description = "How many tasks there are, at least and at most."
  type        = object({ min = optional(number, 2), max = optional(number, 10) })
  default     = {}
  nullable    = false

  validation {
    condition     = var.replicas.min >= 1 && var.replicas.max >= var.replicas.min
    error_message = "min is 1 or more, and max is not less."
  }
}

variable "spot_weight" {
  description = "How many tasks run on Fargate Spot for each that does not, beyond the minimum. Spot tasks may be ended with two minutes' notice, which the registry uses."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.spot_weight >= 0 && var.spot_weight <= 10
    error_message = "Write 0 to 10."
  }
}

variable "environment" {
  description = "Variables of docs/configuration.md, on top of what the module sets. No secrets: those belong into extra_secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^(REGISTRY|AWS|NODE|HTTPS?|NO)_[A-Z0-9_]+$", name))])
    error_message = "Write names as in docs/configuration.md: REGISTRY_…."
  }

  validation {
    condition     = alltrue([for name in keys(var.environment) : !can(regex("(SECRET|PASSWORD|SECRETKEY|SESSIONTOKEN)(_[0-9]+)?$", name))])
    error_message = "Secrets would be readable for everybody who may look at the task: use extra_secrets."
  }
}

variable "extra_secrets" {
  description = "Variables whose values are in Secrets Manager or in SSM parameters: name = ARN."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.extra_secrets) : can(regex("^arn:[^:]+:(secretsmanager|ssm):", arn))])
    error_message = "Write ARNs of secrets or parameters."
  }
}

variable "allow_delete" {
  description = "Whether clients may delete images."
  type        = bool
  default     = true
  nullable    = false
}

variable "auth" {
  description = "Who may come in. htpasswd: those in the file that the secret holds (htpasswd -Bn alice). custom: set up by environment and extra_secrets. none: everybody may do everything."
  type = object({
    mode                = optional(string, "htpasswd")
    htpasswd_secret_arn = optional(string)
    realm               = optional(string, "Registry")
  })
  nullable = false

  validation {
    condition     = contains(["htpasswd", "custom", "none"], var.auth.mode)
    error_message = "mode is htpasswd, custom or none."
  }

  validation {
    condition     = var.auth.mode != "htpasswd" || can(regex("^arn:[^:]+:secretsmanager:", var.auth.htpasswd_secret_arn))
    error_message = "htpasswd needs htpasswd_secret_arn: the ARN of the secret that holds the file."
  }

  validation {
    condition     = var.auth.mode != "none" || var.internal
    error_message = "A registry that everybody may write to must not be on the internet: set internal, or choose another mode."
  }
}

variable "cpu_target" {
  description = "The processor's load, in percent, that tasks are added or taken away for."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.cpu_target >= 10 && var.cpu_target <= 90
    error_message = "Write 10 to 90 percent."
  }
}

variable "requests_per_target" {
  description = "How many requests a minute one task should get. Null: that does not count."
  type        = number
  default     = null
}

variable "scale_in_cooldown" {
  description = "How many seconds lie between two tasks that are taken away."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.scale_in_cooldown >= 60
    error_message = "Write 60 seconds or more: each task that goes takes connections with it."
  }
}

# Bucket

variable "bucket_name" {
  description = "The name of the bucket that is made. Null: made of the name, the account and the region."
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

variable "kms_key_arn" {
  description = "The KMS key to encrypt the bucket with. Null: a key of S3's own. With cloudfront, the key's policy must let CloudFront decrypt."
  type        = string
  default     = null
}

variable "abort_multipart_days" {
  description = "After how many days S3 throws away uploads in parts that nobody finished. The registry does so a day earlier."
  type        = number
  default     = 8
  nullable    = false
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
}

variable "force_destroy" {
  description = "Whether terraform destroy may delete the bucket with all images in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "restrict_to_vpce" {
  description = "Objects can be reached through the VPC's endpoint only. Clients then get blobs through the registry, which costs its bandwidth."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.restrict_to_vpce || !var.cloudfront.enabled
    error_message = "CloudFront is not in the VPC: choose restrict_to_vpce or cloudfront."
  }

  validation {
    condition     = !var.restrict_to_vpce || var.existing_bucket == null
    error_message = "The policy of a bucket that exists is not changed: restrict it yourself, and set REGISTRY_STORAGE_REDIRECT_DISABLE in environment."
  }

  validation {
    condition     = !var.restrict_to_vpce || var.vpc_id == null || length(var.private_route_table_ids) > 0
    error_message = "With vpc_id, an endpoint is made only for private_route_table_ids."
  }
}

# Secret of the replicas

variable "http_secret_arn" {
  description = "A secret of Secrets Manager that all replicas sign uploads with. Null: one is made, with the content of http_secret."
  type        = string
  default     = null

  validation {
    condition     = var.http_secret_arn == null || can(regex("^arn:[^:]+:secretsmanager:", var.http_secret_arn))
    error_message = "Write the ARN of a secret: arn:aws:secretsmanager:…."
  }
}

variable "http_secret" {
  description = "The content of the secret that is made: 32 characters or more. It is never in the state."
  type        = string
  default     = null
  ephemeral   = true

  validation {
    condition     = var.http_secret_arn != null || try(length(var.http_secret) >= 32, false)
    error_message = "Give http_secret with 32 characters or more, or http_secret_arn."
  }
}

variable "http_secret_version" {
  description = "Raise it to have http_secret written anew. Running uploads break then; docs/deployment.md tells how they do not."
  type        = number
  default     = 1
  nullable    = false
}

variable "secrets_kms_key_arn" {
  description = "The KMS key that the secrets are encrypted with, if it is not AWS's own."
  type        = string
  default     = null
}

# CloudFront

variable "cloudfront" {
  description = "Serves blobs from CloudFront, with URLs that are signed by a key of yours. The private key's secret holds it in PEM."
  type = object({
    enabled                = optional(bool, false)
    public_key_pem         = optional(string)
    private_key_secret_arn = optional(string)
    aliases                = optional(list(string), [])
    certificate_arn        = optional(string)
    price_class            = optional(string, "PriceClass_100")
    url_lifetime           = optional(string, "20m")
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.cloudfront.enabled || (try(startswith(trimspace(var.cloudfront.public_key_pem), "-----BEGIN PUBLIC KEY-----"), false) && can(regex("^arn:[^:]+:secretsmanager:", var.cloudfront.private_key_secret_arn)))
    error_message = "CloudFront needs public_key_pem, and private_key_secret_arn with the key that belongs to it."
  }

  validation {
    condition     = length(var.cloudfront.aliases) == 0 || can(regex("^arn:[^:]+:acm:us-east-1:", var.cloudfront.certificate_arn))
    error_message = "Names of its own need certificate_arn, of a certificate in us-east-1."
  }

  validation {
    condition     = !var.cloudfront.enabled || var.existing_bucket == null
    error_message = "The policy of a bucket that exists is not changed: CloudFront could not read it."
  }
}

# Redis

variable "redis" {
  description = "A cache that replicas share what they saw in the bucket through. Without it they ask S3 more often; when it fails, too."
  type = object({
    enabled            = optional(bool, false)
    node_type          = optional(string, "cache.t4g.small")
    num_cache_clusters = optional(number, 2)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.redis.num_cache_clusters >= 1 && var.redis.num_cache_clusters <= 6
    error_message = "Write 1 to 6 nodes."
  }
}

# Observability

variable "log_retention_days" {
  description = "For how many days logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400 … days."
  }
}

variable "alarm_actions" {
  description = "Whom alarms are sent to: ARNs of SNS topics, for instance."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alarm_thresholds" {
  description = "When alarms go off: errors of the registry in 5 minutes, the slowest of 100 answers in seconds, processor and memory in percent."
  type = object({
    errors         = optional(number, 10)
    slow_seconds   = optional(number, 20)
    cpu_percent    = optional(number, 85)
    memory_percent = optional(number, 85)
  })
  default  = {}
  nullable = false
}

variable "container_insights" {
  description = "Detailed metrics of the cluster, at a price: disabled, enabled or enhanced."
  type        = string
  default     = "disabled"
  nullable    = false

  validation {
    condition     = contains(["disabled", "enabled", "enhanced"], var.container_insights)
    error_message = "Write disabled, enabled or enhanced."
  }
}
