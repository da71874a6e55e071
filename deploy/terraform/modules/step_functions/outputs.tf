output "arn" {
  description = "The state machine."
  value       = aws_sfn_state_machine.this.arn
}
