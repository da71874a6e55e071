output "arns" {
  description = "The secrets' ARNs by name."
  value       = { for key, secret in aws_secretsmanager_secret.this : key => secret.arn }
}
