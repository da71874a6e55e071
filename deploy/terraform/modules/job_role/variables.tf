variable "name" {
  description = "Project and environment: the beginning of the role's name."
  type        = string
}

variable "platform" {
  description = "Where runs are: the middle of the role's name."
  type        = string

  validation {
    condition     = contains(["emr", "emr-serverless", "glue"], var.platform)
    error_message = "One of emr, emr-serverless and glue."
  }
}

variable "service" {
  description = "The service that takes the role: ec2.amazonaws.com, emr-serverless.amazonaws.com or glue.amazonaws.com."
  type        = string
}

variable "read_bucket_arns" {
  description = "Buckets that runs only read: the landing zone and the artefacts."
  type        = list(string)
}

variable "write_bucket_arns" {
  description = "Buckets that hold tables."
  type        = list(string)
}

variable "key_arn" {
  description = "The key of those buckets, secrets and topics."
  type        = string
}

variable "databases" {
  description = "Databases of the Glue catalog whose tables runs may write."
  type        = list(string)
  default     = []
}

variable "secret_arns" {
  description = "Secrets that runs may read."
  type        = list(string)
  default     = []
}

variable "topic_arns" {
  description = "Topics that runs may tell."
  type        = list(string)
  default     = []
}

variable "log_group_arns" {
  description = "Log groups that the platform writes for the role."
  type        = list(string)
  default     = []
}

variable "permissions_boundary" {
  description = "The ARN of a policy that no role of this account may exceed; null where there is none."
  type        = string
  default     = null
}
