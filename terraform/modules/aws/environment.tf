locals {
  # What the registry does after SIGTERM must fit into what Fargate allows, 120 s.
  drain_delay   = 15
  drain_timeout = 95
  stop_timeout  = 120

  environment = merge(
    module.bucket.environment,
    {
      NODE_ENV                     = "production"
      REGISTRY_HTTP_ADDR           = ":${local.port}"
      REGISTRY_HTTP_TRUSTEDPROXIES = local.make_vpc ? var.vpc_cidr : "uniquelocal"
      # Longer than the load balancer keeps connections, or it would send a request into one that is being closed.
      REGISTRY_HTTP_KEEPALIVETIMEOUT  = "${max(620, var.idle_timeout + 15)}s"
      REGISTRY_HTTP_DRAINDELAY        = "${local.drain_delay}s"
      REGISTRY_HTTP_DRAINTIMEOUT      = "${local.drain_timeout}s"
      REGISTRY_STORAGE_DELETE_ENABLED = tostring(var.allow_delete)
      REGISTRY_LOG_FORMATTER          = "json"
      REGISTRY_LOG_ACCESSLOG_DISABLED = "true"
    },
    var.auth.mode == "htpasswd" ? {
      REGISTRY_AUTH                = "htpasswd"
      REGISTRY_AUTH_HTPASSWD_PATH  = local.secret_files["HTPASSWD"].path
      REGISTRY_AUTH_HTPASSWD_REALM = var.auth.realm
    } : {},
    var.auth.mode == "none" ? { REGISTRY_AUTH = "none" } : {},
    var.cloudfront.enabled ? {
      REGISTRY_MIDDLEWARE_STORAGE = jsonencode([{
        name = "cloudfront"
        options = {
          baseurl    = "https://${local.cloudfront_domain}/"
          privatekey = local.secret_files["CLOUDFRONT_KEY"].path
          keypairid  = aws_cloudfront_public_key.this[0].id
          duration   = var.cloudfront.url_lifetime
        }
      }])
    } : {},
    var.redis.enabled ? {
      REGISTRY_REDIS_ADDRS                  = "${aws_elasticache_replication_group.this[0].primary_endpoint_address}:6379"
      REGISTRY_REDIS_TLS_ENABLED            = "true"
      REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR = "redis"
    } : {},
    var.environment,
  )
}
