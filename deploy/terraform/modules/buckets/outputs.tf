output "arns" {
  description = "The buckets' ARNs by the ends of their names."
  value       = { for key, bucket in aws_s3_bucket.this : key => bucket.arn }
}

output "names" {
  description = "The buckets' names by their ends."
  value       = { for key, bucket in aws_s3_bucket.this : key => bucket.bucket }
}

output "log_bucket" {
  description = "The bucket for logs: its name and its ARN."
  value       = { name = aws_s3_bucket.logs.bucket, arn = aws_s3_bucket.logs.arn }
}
