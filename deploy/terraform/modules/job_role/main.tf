# What a run may do: read what landed, write tables, take its own artefacts and secrets, tell people. Nothing else.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  region  = data.aws_region.this.region
  glue    = "arn:${data.aws_partition.this.partition}:glue:${local.region}:${local.account}"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [var.service]
    }

    # EC2 hands its roles to instances without saying for whom.
    dynamic "condition" {
      for_each = startswith(var.service, "ec2.") ? [] : [local.account]

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = "${var.name}-${var.platform}-job"
  description          = "Runs of tidegate on ${var.platform}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary
}

data "aws_iam_policy_document" "data" {
  statement {
    sid       = "FindFiles"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = concat(var.read_bucket_arns, var.write_bucket_arns)
  }

  statement {
    sid       = "ReadFiles"
    actions   = ["s3:GetObject"]
    resources = [for arn in concat(var.read_bucket_arns, var.write_bucket_arns) : "${arn}/*"]
  }

  statement {
    sid       = "WriteTables"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
    resources = [for arn in var.write_bucket_arns : "${arn}/*"]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }

  dynamic "statement" {
    for_each = length(var.databases) == 0 ? [] : [var.databases]

    content {
      sid = "UseItsDatabases"
      actions = [
        "glue:BatchCreatePartition", "glue:BatchDeletePartition", "glue:BatchGetPartition", "glue:CreateTable",
        "glue:DeleteTable", "glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions",
        "glue:GetTable", "glue:GetTables", "glue:UpdateTable",
      ]
      resources = concat(
        ["${local.glue}:catalog"],
        [for database in statement.value : "${local.glue}:database/${database}"],
        [for database in statement.value : "${local.glue}:table/${database}/*"],
      )
    }
  }

  dynamic "statement" {
    for_each = length(var.secret_arns) == 0 ? [] : [var.secret_arns]

    content {
      sid       = "ReadItsSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(var.topic_arns) == 0 ? [] : [var.topic_arns]

    content {
      sid       = "TellPeople"
      actions   = ["sns:Publish"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(var.log_group_arns) == 0 ? [] : [var.log_group_arns]

    content {
      sid = "WriteLogs"
      actions = [
        "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents",
      ]
      resources = flatten([for arn in statement.value : [arn, "${arn}:*"]])
    }
  }
}

resource "aws_iam_role_policy" "data" {
  name   = "runs"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.data.json
}

# EMR Serverless looks up log groups before it writes; that call knows no narrower resource.
data "aws_iam_policy_document" "logs" {
  statement {
    sid       = "FindLogGroups"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["arn:${data.aws_partition.this.partition}:logs:${local.region}:${local.account}:*"]
  }
}

resource "aws_iam_role_policy" "logs" {
  name   = "find-log-groups"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.logs.json
}
