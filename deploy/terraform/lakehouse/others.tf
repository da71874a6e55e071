# The other platforms for the same jobs, each where it is asked for.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

module "glue_role" {
  source = "../modules/job_role"
  count  = var.glue == null ? 0 : 1

  name              = local.name
  platform          = "glue"
  service           = "glue.amazonaws.com"
  read_bucket_arns  = local.read_bucket_arns
  write_bucket_arns = local.write_bucket_arns
  key_arn           = module.encryption.key_arn
  databases         = keys(local.databases)
  secret_arns       = values(module.secrets.arns)
  topic_arns        = [module.alerts.topic_arn]
  log_group_arns    = ["arn:${data.aws_partition.this.partition}:logs:${var.region}:${data.aws_caller_identity.this.account_id}:log-group:/aws-glue/*"]
}

module "glue" {
  source = "../modules/glue"
  count  = var.glue == null ? 0 : 1

  name           = local.name
  environment    = var.environment
  key_arn        = module.encryption.key_arn
  role_arn       = module.glue_role[0].arn
  databases      = local.databases
  entry_point    = var.release.entry_point
  config         = var.release.config
  python_modules = var.glue.python_modules
  most_workers   = var.glue.most_workers
}

module "cluster_role" {
  source = "../modules/job_role"
  count  = var.cluster == null ? 0 : 1

  name              = local.name
  platform          = "emr"
  service           = "ec2.amazonaws.com"
  read_bucket_arns  = local.read_bucket_arns
  write_bucket_arns = local.write_bucket_arns
  key_arn           = module.encryption.key_arn
  secret_arns       = values(module.secrets.arns)
  topic_arns        = [module.alerts.topic_arn]
}

module "cluster" {
  source = "../modules/emr_cluster"
  count  = var.cluster == null ? 0 : 1

  name           = local.name
  key_arn        = module.encryption.key_arn
  job_role_name  = module.cluster_role[0].name
  log_bucket     = module.buckets.log_bucket.name
  certificates   = var.cluster.certificates
  vpc_id         = var.cluster.vpc_id
  subnet_ids     = var.cluster.subnet_ids
  python_archive = var.release.python_archive
  most_nodes     = var.cluster.most_nodes
}
