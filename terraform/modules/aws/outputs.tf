output "registry_url" {
  description = "Where clients go."
  value       = "https://${var.domain_name}"
}

output "environment" {
  description = "The variables that the registry runs with. Its secrets are not among them."
  value       = local.environment
}

output "secret_variables" {
  description = "The variables whose values ECS takes from secrets, and their ARNs."
  value       = local.secret_variables
}

output "bucket_name" {
  description = "The bucket that everything is in."
  value       = module.bucket.bucket_name
}

output "bucket_arn" {
  description = "The bucket's ARN."
  value       = module.bucket.bucket_arn
}

output "identity" {
  description = "Who reads and writes the bucket: the ARN of the tasks' role."
  value       = aws_iam_role.task.arn
}

output "execution_role_arn" {
  description = "The role that ECS starts tasks with."
  value       = aws_iam_role.execution.arn
}

output "http_secret_ref" {
  description = "The ARN of the secret that uploads are signed with."
  value       = local.http_secret_arn
}

output "alb_dns_name" {
  description = "Point the domain name here, if its zone is not in Route 53."
  value       = aws_lb.this.dns_name
}

output "alb_zone_id" {
  description = "The load balancer's own zone, for alias records elsewhere."
  value       = aws_lb.this.zone_id
}

output "alb_security_group_id" {
  description = "The load balancer's security group."
  value       = aws_security_group.alb.id
}

output "task_security_group_id" {
  description = "The tasks' security group."
  value       = aws_security_group.tasks.id
}

output "target_group_arn" {
  description = "The target group, for alarms of your own."
  value       = aws_lb_target_group.this.arn
}

output "cluster_name" {
  description = "The ECS cluster."
  value       = aws_ecs_cluster.this.name
}

output "service_name" {
  description = "The ECS service."
  value       = aws_ecs_service.this.name
}

output "log_group_name" {
  description = "Where the registry logs."
  value       = aws_cloudwatch_log_group.this.name
}

output "vpc_id" {
  description = "The VPC."
  value       = local.vpc_id
}

output "private_subnet_ids" {
  description = "The subnets that tasks run in."
  value       = local.private_subnet_ids
}

output "s3_gateway_endpoint_id" {
  description = "The endpoint that S3 is reached through. Null: the VPC's own."
  value       = one(aws_vpc_endpoint.s3[*].id)
}

output "cloudfront_domain" {
  description = "Where clients get blobs from. Null: from S3."
  value       = local.cloudfront_domain
}

output "redis_endpoint" {
  description = "The cache. Null: there is none."
  value       = one(aws_elasticache_replication_group.this[*].primary_endpoint_address)
}

output "max_request_seconds" {
  description = "How long one request may take here. Null: as long as bytes flow."
  value       = null
}

output "next_steps" {
  description = "What to type next."
  value = join("\n", concat(
    var.zone_id == null ? ["Point ${var.domain_name} to ${aws_lb.this.dns_name} (CNAME or alias)."] : [],
    [
      "Wait until the service is stable:",
      "  aws ecs wait services-stable --cluster ${aws_ecs_cluster.this.name} --services ${aws_ecs_service.this.name}",
      "Log in, and push:",
      "  docker login ${var.domain_name}",
      "  docker tag alpine ${var.domain_name}/alpine && docker push ${var.domain_name}/alpine",
      "See what it logs:",
      "  aws logs tail ${aws_cloudwatch_log_group.this.name} --follow",
    ],
  ))
}
