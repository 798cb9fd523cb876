data "alicloud_zones" "available" {
  count = local.make_vpc && var.zones == null ? 1 : 0

  available_resource_creation = "VSwitch"
}

locals {
  make_vpc = var.vpc_id == null
  zones    = local.make_vpc ? coalesce(var.zones, try(slice(data.alicloud_zones.available[0].zones[*].id, 0, 2), [])) : []

  vpc_id    = local.make_vpc ? alicloud_vpc.this[0].id : var.vpc_id
  vswitches = local.make_vpc ? [for index, zone in local.zones : { id = alicloud_vswitch.this[index].id, zone_id = zone }] : var.vswitches
  tables    = local.make_vpc ? [alicloud_vpc.this[0].route_table_id] : var.route_table_ids

  port        = 5000
  bucket_name = coalesce(var.existing_bucket, var.bucket_name)
}

resource "alicloud_vpc" "this" {
  count = local.make_vpc ? 1 : 0

  vpc_name   = var.name
  cidr_block = var.vpc_cidr
  tags       = var.tags
}

resource "alicloud_vswitch" "this" {
  count = length(local.zones)

  vpc_id       = alicloud_vpc.this[0].id
  zone_id      = local.zones[count.index]
  cidr_block   = cidrsubnet(var.vpc_cidr, 4, count.index)
  vswitch_name = "${var.name}-${local.zones[count.index]}"
  tags         = var.tags
}

# Bytes for the bucket stay in Alibaba's network.
resource "alicloud_vpc_gateway_endpoint" "oss" {
  count = local.make_vpc || length(var.route_table_ids) > 0 ? 1 : 0

  vpc_id                = local.vpc_id
  gateway_endpoint_name = "${var.name}-oss"
  service_name          = "com.aliyun.${var.region}.oss"
  route_tables          = local.tables
  tags                  = var.tags
}

module "bucket" {
  source = "../alicloud-bucket"

  bucket_name           = local.bucket_name
  region                = var.region
  create                = var.existing_bucket == null
  policy_name           = "${var.name}-bucket"
  kms_key_id            = var.kms_key_id
  abort_multipart_days  = var.abort_multipart_days
  download_domain       = var.download_domain
  allow_public_endpoint = var.allow_public_endpoint
  force_destroy         = var.force_destroy
  tags                  = var.tags
}

resource "alicloud_security_group" "this" {
  security_group_name = var.name
  description         = "The registry's replicas"
  vpc_id              = local.vpc_id
  inner_access_policy = "Drop"
  tags                = var.tags
}

resource "alicloud_security_group_rule" "balancer" {
  security_group_id = alicloud_security_group.this.id
  description       = "The load balancer, which is in the VPC"
  type              = "ingress"
  ip_protocol       = "tcp"
  nic_type          = "intranet"
  policy            = "accept"
  port_range        = "${local.port}/${local.port}"
  cidr_ip           = var.vpc_cidr
}
