variable "name" {
  description = "Project and environment: the folder of the secrets' names."
  type        = string
}

variable "key_arn" {
  description = "The key that secrets are encrypted with."
  type        = string
}

variable "secrets" {
  description = "What each secret is for, by name. A configuration refers to one as aws-sm:NAME/KEY."
  type        = map(string)
}
