# Plans of both environments, with values that a mock makes up for what only AWS knows: `make check-deploy` runs them.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { region = "eu-central-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\": \"2012-10-17\", \"Statement\": []}" }
  }
}

variables {
  region                = "eu-central-1"
  repository            = { owner = "example", name = "retail-lakehouse" }
  is_provider_made_here = true
  most_cpu              = "16 vCPU"
  most_memory           = "64 GB"

  release = {
    config         = "s3://artefacts/tidegate/config"
    entry_point    = "s3://artefacts/tidegate/tidegate_run.py"
    python_archive = "s3://artefacts/tidegate/environment.tar.gz"
  }
}

run "dev_is_started_by_hand" {
  command = plan

  variables {
    environment  = "dev"
    is_scheduled = false
  }

  assert {
    condition     = output.buckets["lakehouse"] == "example-retail-dev-lakehouse"
    error_message = "Buckets are named by project, environment and purpose."
  }

  assert {
    condition     = output.glue_job_name == null && output.emr_cluster_id == null
    error_message = "Glue and clusters are there only when they are asked for."
  }
}

run "prod_with_every_platform" {
  command = apply # of mocks: what a plan cannot know has values, too

  variables {
    environment    = "prod"
    is_scheduled   = true
    mail_addresses = ["data-team@example.com"]
    secrets        = { "privacy-key" = "Key of the hashes that stand for personal data" }

    glue = { python_modules = "s3://artefacts/tidegate/wheels.gluewheels.zip" }

    cluster = {
      certificates = "s3://artefacts/certificates.zip"
      vpc_id       = "vpc-1"
      subnet_ids   = ["subnet-1"]
    }
  }

  assert {
    condition     = output.glue_job_name == "example-retail-prod-run"
    error_message = "The Glue job is named by project and environment."
  }

  assert {
    condition     = output.emr_serverless.role_arn != "" && output.emr_cluster_id != null
    error_message = "Every platform says where runs are started."
  }
}

run "an_unknown_environment_is_refused" {
  command = plan

  variables {
    environment  = "production"
    is_scheduled = false
  }

  expect_failures = [var.environment]
}
