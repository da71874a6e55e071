output "role_arn" {
  description = "The role: role-to-assume of the workflow."
  value       = aws_iam_role.this.arn
}
