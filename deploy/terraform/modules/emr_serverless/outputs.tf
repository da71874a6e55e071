output "application_id" {
  description = "The application."
  value       = aws_emrserverless_application.this.id
}

output "application_arn" {
  description = "The application's ARN."
  value       = aws_emrserverless_application.this.arn
}

output "log_group_arn" {
  description = "Where drivers' standard output and error go."
  value       = aws_cloudwatch_log_group.this.arn
}
