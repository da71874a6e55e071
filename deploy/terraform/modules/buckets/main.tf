# Buckets that only the account's own roles reach, over TLS, and that keep what was overwritten for a few days.

data "aws_caller_identity" "this" {}

locals {
  logs = "${var.name}-logs"
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_144:A second region is a decision of cost and law; replicate a bucket beside this module where it is needed
  # checkov:skip=CKV2_AWS_62:Runs find new files by themselves; events are switched on by whoever starts runs from them
  for_each = var.buckets

  bucket        = "${var.name}-${each.key}"
  force_destroy = false
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = var.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "what-nobody-finished"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # What a run or an erasure removed is gone for good after these days: fewer than privacy.deadline_days.
  rule {
    id     = "what-was-removed"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }

    noncurrent_version_expiration {
      noncurrent_days = each.value.removed_after_days
    }
  }

  dynamic "rule" {
    for_each = each.value.archive_after_days == null ? [] : [each.value.archive_after_days]

    content {
      id     = "what-is-seldom-read"
      status = "Enabled"

      filter {}

      transition {
        days          = rule.value
        storage_class = "INTELLIGENT_TIERING"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "this" {
  for_each = var.buckets

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "access/${each.key}/"
}

data "aws_iam_policy_document" "tls" {
  for_each = var.buckets

  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.tls[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.this]
}
