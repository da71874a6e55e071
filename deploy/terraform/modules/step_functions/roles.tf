# What the state machine and its schedule may do: start, watch and stop the runs of one platform, and tell the topic.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  partition = data.aws_partition.this.partition
  here      = "${data.aws_region.this.region}:${data.aws_caller_identity.this.account_id}"

  # What `.sync` needs on each platform, and the rule by which Step Functions hears of the end.
  runs = {
    "emr-serverless" = {
      actions   = ["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun", "emr-serverless:StartJobRun"]
      resources = [for id in compact([lookup(var.facts, "emr_serverless_application_id", null)]) : "arn:${local.partition}:emr-serverless:${local.here}:/applications/${id}*"]
      rule      = "StepFunctionsGetEventsForEMRServerlessJobRule"
    }
    "emr" = {
      actions   = ["elasticmapreduce:AddJobFlowSteps", "elasticmapreduce:CancelSteps", "elasticmapreduce:DescribeStep"]
      resources = [for id in compact([lookup(var.facts, "emr_cluster_id", null)]) : "arn:${local.partition}:elasticmapreduce:${local.here}:cluster/${id}"]
      rule      = "StepFunctionsGetEventForEMRAddJobFlowStepsRule"
    }
    "glue" = {
      actions   = ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
      resources = [for name in compact([lookup(var.facts, "glue_job_name", null)]) : "arn:${local.partition}:glue:${local.here}:job/${name}"]
      rule      = null # Step Functions asks Glue
    }
  }[var.platform]
}

data "aws_iam_policy_document" "trust" {
  for_each = { machine = "states.amazonaws.com", schedule = "scheduler.amazonaws.com" }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-${var.pipeline}-machine"
  description        = "Runs the pipeline ${var.pipeline}"
  assume_role_policy = data.aws_iam_policy_document.trust["machine"].json
}

data "aws_iam_policy_document" "this" {
  # checkov:skip=CKV_AWS_111:Delivery of logs and traces knows no resources; everything else is named
  # checkov:skip=CKV_AWS_356:Delivery of logs and traces knows no resources; everything else is named

  statement {
    sid       = "StartWatchAndStopRuns"
    actions   = local.runs.actions
    resources = local.runs.resources
  }

  dynamic "statement" {
    for_each = compact([local.runs.rule])

    content {
      sid       = "HearOfTheirEnd"
      actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
      resources = ["arn:${local.partition}:events:${local.here}:rule/${statement.value}"]
    }
  }

  dynamic "statement" {
    for_each = compact([lookup(var.facts, "emr_serverless_role_arn", null)])

    content {
      sid       = "GiveRunsTheirRole"
      actions   = ["iam:PassRole"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = ["emr-serverless.amazonaws.com"]
      }
    }
  }

  statement {
    sid       = "TellPeople"
    actions   = ["sns:Publish"]
    resources = [var.topic_arn]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }

  statement {
    sid = "DeliverLogsAndTraces"
    actions = [
      "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
      "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "pipeline"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

resource "aws_iam_role" "schedule" {
  name               = "${var.name}-${var.pipeline}-schedule"
  description        = "Begins the pipeline ${var.pipeline}"
  assume_role_policy = data.aws_iam_policy_document.trust["schedule"].json
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "BeginThePipeline"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.this.arn]
  }

  statement {
    sid       = "KeepWhatCouldNotBegin"
    actions   = ["sqs:SendMessage"]
    resources = [var.dead_letter_queue_arn]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_role_policy" "schedule" {
  name   = "begin"
  role   = aws_iam_role.schedule.id
  policy = data.aws_iam_policy_document.schedule.json
}
