# The pipeline as a state machine, from the file that `tidegate export --to step-functions` wrote: its retries and its message
# to the topic are in there. Beside it: the schedule, the logs, and what the machine may do.

locals {
  # The names that an exported file leaves to the account. One that no platform of ours has stays empty.
  facts = merge(
    {
      tidegate_config                        = ""
      tidegate_emr_cluster_id                = ""
      tidegate_emr_serverless_application_id = ""
      tidegate_emr_serverless_role_arn       = ""
      tidegate_entry_point                   = ""
      tidegate_glue_job_name                 = ""
      tidegate_topic_arn                     = var.topic_arn
    },
    { for key, value in var.facts : "tidegate_${key}" => value },
  )
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/vendedlogs/states/${var.name}-${var.pipeline}"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_sfn_state_machine" "this" {
  name       = "${var.name}-${var.pipeline}"
  type       = "STANDARD"
  role_arn   = aws_iam_role.this.arn
  definition = templatefile(var.definition, local.facts)
  publish    = true

  logging_configuration {
    level                  = "ALL"
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = var.key_arn
    kms_data_key_reuse_period_seconds = 900
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_scheduler_schedule" "this" {
  count = var.schedule == null ? 0 : 1

  name                         = "${var.name}-${var.pipeline}"
  description                  = "Begins ${var.pipeline}"
  state                        = var.is_scheduled ? "ENABLED" : "DISABLED"
  schedule_expression          = var.schedule
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.this.arn
    role_arn = aws_iam_role.schedule.arn

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }

    dead_letter_config {
      arn = var.dead_letter_queue_arn
    }
  }
}
