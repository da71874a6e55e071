variable "name" {
  description = "Project and environment: the beginning of every name."
  type        = string
}

variable "key_arn" {
  description = "The key that messages are encrypted with."
  type        = string
}

variable "mail_addresses" {
  description = "Who is written to. Each has to agree once, by the mail that SNS sends."
  type        = set(string)
  default     = []
}
