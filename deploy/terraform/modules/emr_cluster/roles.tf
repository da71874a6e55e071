# What EMR itself may do, and how instances get the role of the runs.

data "aws_caller_identity" "this" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["elasticmapreduce.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }
}

resource "aws_iam_role" "service" {
  name               = "${var.name}-emr-service"
  description        = "What EMR may do to run ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

# Amazon's policy for the service: only what has the tag for-use-with-amazon-emr-managed-policies.
resource "aws_iam_role_policy_attachment" "service" {
  role       = aws_iam_role.service.name
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2"
}

data "aws_iam_policy_document" "service" {
  statement {
    sid       = "GiveInstancesTheirRole"
    actions   = ["iam:PassRole"]
    resources = ["arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.this.account_id}:role/${var.job_role_name}"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ec2.amazonaws.com"]
    }
  }

  statement {
    sid       = "EncryptDisks"
    actions   = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_role_policy" "service" {
  name   = "this-cluster"
  role   = aws_iam_role.service.id
  policy = data.aws_iam_policy_document.service.json
}

resource "aws_iam_instance_profile" "this" {
  name = var.job_role_name
  role = var.job_role_name
}

# What every node has to do, whatever runs there: write its logs and read its certificates.
data "aws_iam_policy_document" "node" {
  statement {
    sid       = "WriteLogs"
    actions   = ["s3:PutObject"]
    resources = ["arn:${data.aws_partition.this.partition}:s3:::${var.log_bucket}/emr/*"]
  }

  statement {
    sid       = "ReadCertificates"
    actions   = ["s3:GetObject"]
    resources = ["arn:${data.aws_partition.this.partition}:s3:::${trimprefix(var.certificates, "s3://")}"]
  }
}

resource "aws_iam_role_policy" "node" {
  name   = "node"
  role   = var.job_role_name
  policy = data.aws_iam_policy_document.node.json
}
