# One key for everything that an environment keeps: tables, secrets, messages and logs.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  region  = data.aws_region.this.region
}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109:The policy of a key names the key itself as "*"; it can reach no other
  # checkov:skip=CKV_AWS_111:The policy of a key names the key itself as "*"; it can reach no other
  # checkov:skip=CKV_AWS_356:The policy of a key names the key itself as "*"; it can reach no other

  statement {
    sid       = "AccountDecidesByItsRoles"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.this.partition}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "LogGroupsOfThisEnvironment"
    actions   = ["kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values = [
        for group in ["/aws/emr-serverless/${var.name}*", "/aws/vendedlogs/states/${var.name}*", "/aws-glue/*"] :
        "arn:${data.aws_partition.this.partition}:logs:${local.region}:${local.account}:log-group:${group}"
      ]
    }
  }

  # What a state machine logs passes through here, and is encrypted on the way.
  statement {
    sid       = "LogsOnTheirWay"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:SourceArn"
      values   = ["arn:${data.aws_partition.this.partition}:logs:${local.region}:${local.account}:*"]
    }
  }

  # EMR Serverless keeps logs and pages of finished runs itself, for 30 days.
  statement {
    sid       = "WhatEmrServerlessKeeps"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["emr-serverless.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${data.aws_partition.this.partition}:emr-serverless:${local.region}:${local.account}:/applications/*"]
    }
  }

  # A topic hands messages to an encrypted queue, and an alarm to an encrypted topic.
  statement {
    sid       = "ServicesThatSendMessages"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "sns.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_kms_key" "this" {
  description             = "What ${var.name} keeps: tables, secrets, messages and logs"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
