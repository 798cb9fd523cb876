locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "ecs-tasks.amazonaws.com" }
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
      },
    ]
  })
}

# What the registry itself may do: its bucket, and nothing else.
resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  description        = "The registry"
  assume_role_policy = local.trust
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "bucket" {
  role       = aws_iam_role.task.name
  policy_arn = module.bucket.policy_arn
}

# What ECS does to start it: pull the image, read the secrets, open the log.
resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  description        = "Starting the registry"
  assume_role_policy = local.trust
  tags               = var.tags
}

resource "aws_iam_role_policy" "execution" {
  name = "start"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Log"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = ["${aws_cloudwatch_log_group.this.arn}:*"]
        },
        {
          Sid      = "Secrets"
          Effect   = "Allow"
          Action   = [for service in distinct([for arn in local.readable_secret_arns : split(":", arn)[2]]) : service == "ssm" ? "ssm:GetParameters" : "secretsmanager:GetSecretValue"]
          Resource = local.readable_secret_arns
        },
      ],
      var.secrets_kms_key_arn == null ? [] : [
        {
          Sid      = "SecretsKey"
          Effect   = "Allow"
          Action   = ["kms:Decrypt"]
          Resource = [var.secrets_kms_key_arn]
        },
      ],
      length(var.ecr_repository_arns) == 0 ? [] : [
        {
          Sid      = "Image"
          Effect   = "Allow"
          Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
          Resource = var.ecr_repository_arns
        },
        {
          Sid    = "ImageLogin"
          Effect = "Allow"
          Action = ["ecr:GetAuthorizationToken"]
          # AWS knows no resource for this one.
          Resource = ["*"]
        },
      ],
    )
  })
}
