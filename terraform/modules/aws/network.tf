data "aws_availability_zones" "available" {
  count = local.make_vpc && var.availability_zones == null ? 1 : 0

  state = "available"
}

locals {
  make_vpc = var.vpc_id == null
  zones    = local.make_vpc ? coalesce(var.availability_zones, try(slice(data.aws_availability_zones.available[0].names, 0, 3), [])) : []
  nats     = { single = min(1, length(local.zones)), per_az = length(local.zones), none = 0 }[var.nat_gateways]

  vpc_id             = local.make_vpc ? aws_vpc.this[0].id : var.vpc_id
  public_subnet_ids  = local.make_vpc ? aws_subnet.public[*].id : var.public_subnet_ids
  private_subnet_ids = local.make_vpc ? aws_subnet.private[*].id : var.private_subnet_ids
  route_table_ids    = local.make_vpc ? aws_route_table.private[*].id : var.private_route_table_ids

  # What tasks talk to besides S3, when there is no way out.
  interface_endpoints = local.make_vpc && var.nat_gateways == "none" ? toset(concat(
    ["ecr.api", "ecr.dkr", "logs", "secretsmanager"],
    var.kms_key_arn == null ? [] : ["kms"],
  )) : toset([])
}

resource "aws_vpc" "this" {
  count = local.make_vpc ? 1 : 0

  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = merge(var.tags, { Name = var.name })
}

# Whatever is put into the default group by accident reaches nothing.
resource "aws_default_security_group" "this" {
  count = local.make_vpc ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = "${var.name}-unused" })
}

resource "aws_internet_gateway" "this" {
  count = local.make_vpc ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = var.name })
}

resource "aws_subnet" "public" {
  count = length(local.zones)

  vpc_id            = aws_vpc.this[0].id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index)
  tags              = merge(var.tags, { Name = "${var.name}-public-${local.zones[count.index]}" })
}

resource "aws_subnet" "private" {
  count = length(local.zones)

  vpc_id            = aws_vpc.this[0].id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index + 8)
  tags              = merge(var.tags, { Name = "${var.name}-private-${local.zones[count.index]}" })
}

resource "aws_route_table" "public" {
  count = local.make_vpc ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = "${var.name}-public" })
}

resource "aws_route" "internet" {
  count = local.make_vpc ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  count = length(local.zones)

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_eip" "nat" {
  count = local.nats

  domain = "vpc"
  tags   = merge(var.tags, { Name = "${var.name}-nat-${local.zones[count.index]}" })
}

resource "aws_nat_gateway" "this" {
  count = local.nats

  subnet_id     = aws_subnet.public[count.index].id
  allocation_id = aws_eip.nat[count.index].id
  tags          = merge(var.tags, { Name = "${var.name}-${local.zones[count.index]}" })

  depends_on = [aws_internet_gateway.this]
}

resource "aws_route_table" "private" {
  count = length(local.zones)

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = "${var.name}-private-${local.zones[count.index]}" })
}

resource "aws_route" "nat" {
  count = local.nats == 0 ? 0 : length(local.zones)

  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[min(count.index, local.nats - 1)].id
}

resource "aws_route_table_association" "private" {
  count = length(local.zones)

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}

# Every uploaded byte goes this way, and not through a NAT gateway, where it would be paid for. Its policy stays open: the layers of
# the tasks' own image come from a bucket of ECR's.
resource "aws_vpc_endpoint" "s3" {
  count = local.make_vpc || length(var.private_route_table_ids) > 0 ? 1 : 0

  vpc_id            = local.vpc_id
  service_name      = "com.amazonaws.${data.aws_region.current.name}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = local.route_table_ids
  tags              = merge(var.tags, { Name = "${var.name}-s3" })
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_endpoints

  vpc_id              = local.vpc_id
  service_name        = "com.amazonaws.${data.aws_region.current.name}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = local.private_subnet_ids
  security_group_ids  = [aws_security_group.endpoints[0].id]
  tags                = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_security_group" "endpoints" {
  count = length(local.interface_endpoints) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "Endpoints of AWS services, for the registry's tasks"
  vpc_id      = local.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-endpoints" })
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = length(local.interface_endpoints) > 0 ? 1 : 0

  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "HTTPS from the registry's tasks"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.tasks.id
}

check "s3_gateway_endpoint" {
  assert {
    condition     = local.make_vpc || length(var.private_route_table_ids) > 0
    error_message = "Without private_route_table_ids no S3 gateway endpoint is made. If the VPC has none, every uploaded byte is paid for at its NAT gateway."
  }
}
