# What somebody has to be told of: a pipeline that failed, waits or did not run; messages that nobody takes; jobs that refuse
# their data. And one page that shows it.

locals {
  machine = { StateMachineArn = var.state_machine_arn }

  # Metrics of Step Functions that are always bad news.
  bad_ends = {
    ExecutionsAborted  = "was stopped by somebody"
    ExecutionsFailed   = "failed"
    ExecutionsTimedOut = "took longer than it may"
    ExecutionThrottled = "was slowed down by a limit of Step Functions"
  }
}

resource "aws_cloudwatch_metric_alarm" "ended_badly" {
  for_each = local.bad_ends

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "The pipeline ${each.value}. The execution's graph says which job; its state names the error."
  namespace           = "AWS/States"
  metric_name         = each.key
  dimensions          = local.machine
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "did_not_run" {
  count = var.is_daily ? 1 : 0

  alarm_name          = "${var.name}-did-not-run"
  alarm_description   = "The pipeline has not ended well for a day. Look at the schedule, then at the executions."
  namespace           = "AWS/States"
  metric_name         = "ExecutionsSucceeded"
  dimensions          = local.machine
  statistic           = "Sum"
  period              = 86400
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${var.name}-dead-letters"
  alarm_description   = "Messages could not be delivered, or a start could not be made. They are in the queue ${var.dead_letter_queue}."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = var.dead_letter_queue }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}

# Numbers of the runs themselves: metrics.sinks of the configuration has to name CloudWatch.
resource "aws_cloudwatch_metric_alarm" "job" {
  for_each = var.jobs

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "The job ${each.key} did not end well: see `tidegate runs` and `tidegate quarantine ls`."
  namespace           = var.namespace
  metric_name         = "tidegate.run.succeeded"
  dimensions          = { "service.name" = var.project, "tidegate.job" = each.key }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = local.widgets })
}
