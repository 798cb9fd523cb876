locals {
  cloudfront_domain = var.cloudfront.enabled ? try(var.cloudfront.aliases[0], aws_cloudfront_distribution.this[0].domain_name) : null

  cloudfront_statements = var.cloudfront.enabled ? [jsonencode({
    Sid       = "CloudFront"
    Effect    = "Allow"
    Principal = { Service = "cloudfront.amazonaws.com" }
    Action    = "s3:GetObject"
    Resource  = "arn:${data.aws_partition.current.partition}:s3:::${local.bucket_name}/*"
    Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.this[0].arn } }
  })] : []
}

resource "aws_cloudfront_origin_access_control" "this" {
  count = var.cloudfront.enabled ? 1 : 0

  name                              = var.name
  description                       = "The registry's bucket"
  origin_access_control_origin_type = "s3"
  # Also where clients send a header Authorization of their own, as Docker does.
  signing_behavior = "always"
  signing_protocol = "sigv4"
}

resource "aws_cloudfront_public_key" "this" {
  count = var.cloudfront.enabled ? 1 : 0

  name_prefix = "${var.name}-"
  comment     = "Signs the registry's URLs"
  encoded_key = "${trimspace(var.cloudfront.public_key_pem)}\n"

  # A new key is there before the old one goes.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudfront_key_group" "this" {
  count = var.cloudfront.enabled ? 1 : 0

  name    = var.name
  comment = "Who may sign the registry's URLs"
  items   = [aws_cloudfront_public_key.this[0].id]
}

resource "aws_cloudfront_distribution" "this" {
  count = var.cloudfront.enabled ? 1 : 0

  enabled         = true
  comment         = "Blobs of ${var.domain_name}"
  aliases         = var.cloudfront.aliases
  price_class     = var.cloudfront.price_class
  http_version    = "http2and3"
  is_ipv6_enabled = true
  tags            = var.tags

  origin {
    origin_id                = "bucket"
    domain_name              = "${local.bucket_name}.s3.${data.aws_region.current.name}.${data.aws_partition.current.dns_suffix}"
    origin_access_control_id = aws_cloudfront_origin_access_control.this[0].id
  }

  default_cache_behavior {
    target_origin_id       = "bucket"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    # AWS's own "CachingOptimized": nothing of the request is part of the key. Blobs never change.
    cache_policy_id    = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    compress           = false
    trusted_key_groups = [aws_cloudfront_key_group.this[0].id]
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = length(var.cloudfront.aliases) == 0
    acm_certificate_arn            = length(var.cloudfront.aliases) == 0 ? null : var.cloudfront.certificate_arn
    ssl_support_method             = length(var.cloudfront.aliases) == 0 ? null : "sni-only"
    minimum_protocol_version       = length(var.cloudfront.aliases) == 0 ? "TLSv1" : "TLSv1.2_2021"
  }
}
