output "buckets" {
  description = "The buckets: storage.root, landing.root and the place of the quarantine in config/<environment>.yaml, and where artefacts go."
  value       = module.buckets.names
}

output "emr_serverless" {
  description = "What `tidegate submit --platform emr-serverless` and `tidegate export` are told."
  value       = { application_id = module.serverless.application_id, role_arn = module.serverless_role.arn }
}

output "glue_job_name" {
  description = "What `tidegate submit --platform glue` is told; null without Glue."
  value       = one(module.glue[*].job_name)
}

output "emr_cluster_id" {
  description = "What `tidegate submit --platform emr` is told; null without a cluster."
  value       = one(module.cluster[*].cluster_id)
}

output "topic_arn" {
  description = "The topic for alerts.sinks of the configuration."
  value       = module.alerts.topic_arn
}

output "state_machine_arn" {
  description = "The pipeline."
  value       = module.pipeline.arn
}

output "deploy_role_arn" {
  description = "The role that a workflow takes to deploy: role-to-assume."
  value       = module.ci.role_arn
}
