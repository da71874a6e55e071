# The page: is it well, how long does it take, what became of the rows.

data "aws_region" "this" {}

locals {
  region = data.aws_region.this.region

  # Every job's line, without naming the jobs: a search of CloudWatch over the dimensions that runs have.
  searches = {
    "Did jobs end well (1) or not (0)?" = "tidegate.run.succeeded"
    "How long do jobs take, in s?"      = "tidegate.run.duration"
    "Rows published"                    = "tidegate.run.rows.published"
    "Rows set aside"                    = "tidegate.run.rows.quarantined"
    "Rows that came late"               = "tidegate.run.rows.late"
    "Bytes written"                     = "tidegate.run.output.size"
  }

  alarms = {
    type       = "alarm"
    x          = 0
    y          = 0
    width      = 24
    height     = 3
    properties = { title = "Alarms", alarms = local.alarm_arns }
  }

  pipeline = {
    type   = "metric"
    x      = 0
    y      = 3
    width  = 24
    height = 6
    properties = {
      title  = "Executions of the pipeline"
      region = local.region
      view   = "timeSeries"
      stat   = "Sum"
      period = 3600
      metrics = [
        for name in concat(["ExecutionsStarted", "ExecutionsSucceeded"], keys(local.bad_ends)) :
        ["AWS/States", name, "StateMachineArn", var.state_machine_arn]
      ]
    }
  }

  jobs = [
    for place, title in keys(local.searches) : {
      type   = "metric"
      x      = (place % 2) * 12
      y      = 9 + floor(place / 2) * 6
      width  = 12
      height = 6
      properties = {
        title  = title
        region = local.region
        view   = "timeSeries"
        metrics = [[{
          expression = "SEARCH('{${var.namespace},\"service.name\",\"tidegate.job\"} \"service.name\"=\"${var.project}\" MetricName=\"${local.searches[title]}\"', 'Average', 300)"
        }]]
      }
    }
  ]

  alarm_arns = concat(
    [for alarm in aws_cloudwatch_metric_alarm.ended_badly : alarm.arn],
    aws_cloudwatch_metric_alarm.did_not_run[*].arn,
    [aws_cloudwatch_metric_alarm.dead_letters.arn],
    [for alarm in aws_cloudwatch_metric_alarm.job : alarm.arn],
  )

  widgets = concat([local.alarms, local.pipeline], local.jobs)
}
