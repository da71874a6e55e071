# A role that GitHub's runners take by their own signed identity: no key is kept anywhere. It may put artefacts where
# `tidegate deploy` puts them, and start runs where `tidegate submit` does; only from one environment of one repository.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  provider = "arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.this.account_id}:oidc-provider/token.actions.githubusercontent.com"
}

# One per account, however many environments are in it.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.is_provider_made_here ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.owner}/${var.repository}:environment:${var.environment}"]
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = "${var.name}-deploy"
  description          = "What ${var.owner}/${var.repository} may do to deploy ${var.environment}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600

  depends_on = [aws_iam_openid_connect_provider.github]
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "FindArtefacts"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [var.artefact_bucket_arn]
  }

  statement {
    sid       = "PutArtefacts"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.artefact_bucket_arn}/tidegate/${var.environment}/*"]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }

  dynamic "statement" {
    for_each = var.run_permissions

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }

  dynamic "statement" {
    for_each = length(var.job_role_arns) == 0 ? [] : [var.job_role_arns]

    content {
      sid       = "GiveRunsTheirRole"
      actions   = ["iam:PassRole"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = ["emr-serverless.amazonaws.com"]
      }
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "deploy"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}
