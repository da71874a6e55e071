output "job_name" {
  description = "The job."
  value       = aws_glue_job.this.name
}

output "databases" {
  description = "The names of the databases."
  value       = [for database in aws_glue_catalog_database.this : database.name]
}
