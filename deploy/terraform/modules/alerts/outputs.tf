output "topic_arn" {
  description = "The topic."
  value       = aws_sns_topic.this.arn
}

output "queue_url" {
  description = "The queue that keeps what the topic was told."
  value       = aws_sqs_queue.this.url
}

output "queue_name" {
  description = "The queue's name."
  value       = aws_sqs_queue.this.name
}

output "dead_letter_queue" {
  description = "The queue of messages that nobody took: its name and its ARN."
  value       = { name = aws_sqs_queue.dead.name, arn = aws_sqs_queue.dead.arn }
}
