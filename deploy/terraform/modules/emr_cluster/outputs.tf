output "cluster_id" {
  description = "The cluster."
  value       = aws_emr_cluster.this.id
}

output "cluster_arn" {
  description = "The cluster's ARN."
  value       = aws_emr_cluster.this.arn
}
