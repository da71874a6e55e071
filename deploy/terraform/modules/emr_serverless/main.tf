# An application that starts when a run comes and stops when none does. What it may cost has an upper bound.

locals {
  python = "./environment/bin/python"
  environment = var.python_archive == null ? {} : {
    "spark.archives"                                       = "${var.python_archive}#environment"
    "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON" = local.python
    "spark.emr-serverless.driverEnv.PYSPARK_PYTHON"        = local.python
    "spark.executorEnv.PYSPARK_PYTHON"                     = local.python
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/emr-serverless/${var.name}"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_emrserverless_application" "this" {
  name          = var.name
  type          = "spark"
  release_label = var.release_label
  architecture  = var.architecture

  maximum_capacity {
    cpu    = var.most_cpu
    memory = var.most_memory
    disk   = var.most_disk
  }

  auto_start_configuration {
    enabled = true
  }

  auto_stop_configuration {
    enabled              = true
    idle_timeout_minutes = var.idle_minutes
  }

  scheduler_configuration {
    max_concurrent_runs   = var.most_runs_at_once
    queue_timeout_minutes = var.queue_minutes
  }

  runtime_configuration {
    classification = "spark-defaults"
    properties     = merge(var.spark_conf, local.environment)
  }

  monitoring_configuration {
    cloudwatch_logging_configuration {
      enabled                = true
      log_group_name         = aws_cloudwatch_log_group.this.name
      log_stream_name_prefix = "runs"
      encryption_key_arn     = var.key_arn

      log_types {
        name   = "SPARK_DRIVER"
        values = ["STDOUT", "STDERR"]
      }
    }

    managed_persistence_monitoring_configuration {
      enabled            = true
      encryption_key_arn = var.key_arn
    }
  }

  dynamic "network_configuration" {
    for_each = length(var.subnet_ids) == 0 ? [] : [var.subnet_ids]

    content {
      subnet_ids         = network_configuration.value
      security_group_ids = var.security_group_ids
    }
  }
}
