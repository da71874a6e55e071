# The databases of the Glue catalog, and the one job that runs whatever `--run` names.

locals {
  # Glue takes settings of Spark as one parameter, whose value has the further ones in a chain.
  conf = join(" --conf ", [for key, value in var.spark_conf : "${key}=${value}"])
}

resource "aws_glue_catalog_database" "this" {
  for_each = var.databases

  name         = each.key
  description  = "Tables of ${var.name}"
  location_uri = each.value
}

resource "aws_glue_security_configuration" "this" {
  name = var.name

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.key_arn
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.key_arn
    }

    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.key_arn
    }
  }
}

resource "aws_glue_job" "this" {
  name                   = "${var.name}-run"
  description            = "Runs the job or the pipeline that --run names"
  role_arn               = var.role_arn
  glue_version           = var.glue_version
  worker_type            = var.worker_type
  number_of_workers      = var.most_workers
  timeout                = var.timeout_minutes
  max_retries            = 0 # what may go away, tidegate repeats itself; what starts it may repeat the rest
  security_configuration = aws_glue_security_configuration.this.name

  command {
    name            = "glueetl"
    script_location = var.entry_point
    python_version  = "3"
  }

  execution_property {
    max_concurrent_runs = var.most_runs_at_once
  }

  default_arguments = merge(
    {
      "--config"                           = var.config
      "--datalake-formats"                 = join(",", var.formats)
      "--enable-auto-scaling"              = "true"
      "--enable-continuous-cloudwatch-log" = "true"
      "--enable-metrics"                   = "true"
      "--env"                              = var.environment
      "--job-language"                     = "python"
    },
    local.conf == "" ? {} : { "--conf" = local.conf },
    var.python_modules == null ? {} : { "--additional-python-modules" = var.python_modules },
    var.arguments,
  )
}
