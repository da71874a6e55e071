# The reference lakehouse: EMR Serverless runs the pipeline that Step Functions begins every night. Glue and a cluster of EMR
# are there when they are asked for.

locals {
  name = "${var.project}-${var.environment}"

  # What the buckets are for, by the ends of their names; config/<environment>.yaml names them.
  buckets = {
    artefacts  = { removed_after_days = 90 }
    lakehouse  = { removed_after_days = 7 }
    landing    = { removed_after_days = 7, archive_after_days = 90 }
    quarantine = { removed_after_days = 7 }
  }

  read_bucket_arns  = [for key in ["artefacts", "landing"] : module.buckets.arns[key]]
  write_bucket_arns = [for key in ["lakehouse", "quarantine"] : module.buckets.arns[key]]
  databases         = { for layer in ["bronze", "silver", "gold"] : replace("${local.name}-${layer}", "-", "_") => "s3://${module.buckets.names["lakehouse"]}/tables/${layer}" }
}

module "encryption" {
  source = "../modules/encryption"

  name = local.name
}

module "buckets" {
  source = "../modules/buckets"

  name    = local.name
  key_arn = module.encryption.key_arn
  buckets = local.buckets
}

module "secrets" {
  source = "../modules/secrets"

  name    = local.name
  key_arn = module.encryption.key_arn
  secrets = var.secrets
}

module "alerts" {
  source = "../modules/alerts"

  name           = local.name
  key_arn        = module.encryption.key_arn
  mail_addresses = var.mail_addresses
}

module "serverless_role" {
  source = "../modules/job_role"

  name              = local.name
  platform          = "emr-serverless"
  service           = "emr-serverless.amazonaws.com"
  read_bucket_arns  = local.read_bucket_arns
  write_bucket_arns = local.write_bucket_arns
  key_arn           = module.encryption.key_arn
  secret_arns       = values(module.secrets.arns)
  topic_arns        = [module.alerts.topic_arn]
  log_group_arns    = [module.serverless.log_group_arn]
}

module "serverless" {
  source = "../modules/emr_serverless"

  name               = local.name
  key_arn            = module.encryption.key_arn
  python_archive     = var.release.python_archive
  most_cpu           = var.most_cpu
  most_memory        = var.most_memory
  subnet_ids         = var.network.subnet_ids
  security_group_ids = var.network.security_group_ids
}

module "pipeline" {
  source = "../modules/step_functions"

  name                  = local.name
  pipeline              = "retail"
  definition            = "${path.module}/../../step_functions/retail.asl.json"
  platform              = "emr-serverless"
  topic_arn             = module.alerts.topic_arn
  dead_letter_queue_arn = module.alerts.dead_letter_queue.arn
  key_arn               = module.encryption.key_arn
  schedule              = "cron(30 3 * * ? *)"
  is_scheduled          = var.is_scheduled

  facts = {
    config                        = var.release.config
    entry_point                   = var.release.entry_point
    emr_serverless_application_id = module.serverless.application_id
    emr_serverless_role_arn       = module.serverless_role.arn
  }
}

module "monitoring" {
  source = "../modules/monitoring"

  name              = local.name
  project           = "retail-lakehouse" # project.name of config/base.yaml
  state_machine_arn = module.pipeline.arn
  is_daily          = var.is_scheduled
  dead_letter_queue = module.alerts.dead_letter_queue.name
  topic_arn         = module.alerts.topic_arn
}

module "ci" {
  source = "../modules/ci"

  name                  = local.name
  environment           = var.environment
  owner                 = var.repository.owner
  repository            = var.repository.name
  is_provider_made_here = var.is_provider_made_here
  artefact_bucket_arn   = module.buckets.arns["artefacts"]
  key_arn               = module.encryption.key_arn
  job_role_arns         = [module.serverless_role.arn]

  run_permissions = {
    RunOnEmrServerless = {
      actions   = ["emr-serverless:CancelJobRun", "emr-serverless:GetApplication", "emr-serverless:GetJobRun", "emr-serverless:StartJobRun"]
      resources = [module.serverless.application_arn, "${module.serverless.application_arn}/*"]
    }
  }
}
