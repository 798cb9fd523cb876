resource "aws_security_group" "redis" {
  count = var.redis.enabled ? 1 : 0

  name        = "${var.name}-redis"
  description = "The cache that the registry's replicas share"
  vpc_id      = local.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-redis" })
}

resource "aws_vpc_security_group_ingress_rule" "redis" {
  count = var.redis.enabled ? 1 : 0

  security_group_id            = aws_security_group.redis[0].id
  description                  = "The registry's tasks"
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
  referenced_security_group_id = aws_security_group.tasks.id
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "redis" {
  count = var.redis.enabled ? 1 : 0

  security_group_id            = aws_security_group.tasks.id
  description                  = "The cache"
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
  referenced_security_group_id = aws_security_group.redis[0].id
  tags                         = var.tags
}

resource "aws_elasticache_subnet_group" "this" {
  count = var.redis.enabled ? 1 : 0

  name        = var.name
  description = "The registry's cache"
  subnet_ids  = local.private_subnet_ids
  tags        = var.tags
}

resource "aws_elasticache_parameter_group" "this" {
  count = var.redis.enabled ? 1 : 0

  name        = var.name
  description = "The registry's cache"
  family      = "valkey8"
  tags        = var.tags

  # It is a cache: what was not used for longest goes first.
  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lru"
  }
}

# Who may reach it is the security group's matter: a password would be in the state.
resource "aws_elasticache_replication_group" "this" {
  count = var.redis.enabled ? 1 : 0

  replication_group_id       = var.name
  description                = "The registry's cache"
  engine                     = "valkey"
  engine_version             = "8.0"
  node_type                  = var.redis.node_type
  num_cache_clusters         = var.redis.num_cache_clusters
  automatic_failover_enabled = var.redis.num_cache_clusters > 1
  multi_az_enabled           = var.redis.num_cache_clusters > 1
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  port                       = 6379
  parameter_group_name       = aws_elasticache_parameter_group.this[0].name
  subnet_group_name          = aws_elasticache_subnet_group.this[0].name
  security_group_ids         = [aws_security_group.redis[0].id]
  # Nothing in it is worth a backup.
  snapshot_retention_limit = 0
  apply_immediately        = true
  tags                     = var.tags
}
