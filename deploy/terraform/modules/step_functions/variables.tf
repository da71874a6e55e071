variable "name" {
  description = "Project and environment: the beginning of every name."
  type        = string
}

variable "pipeline" {
  description = "The pipeline: the end of every name."
  type        = string
}

variable "definition" {
  description = "The path of the file that `tidegate export PIPELINE --to step-functions` wrote."
  type        = string
}

variable "platform" {
  description = "Where that file has the jobs run: its --platform."
  type        = string
  default     = "emr-serverless"

  validation {
    condition     = contains(["emr", "emr-serverless", "glue"], var.platform)
    error_message = "One of emr, emr-serverless and glue."
  }
}

variable "facts" {
  description = "What the file leaves open, by the names of the settings below `export`: config, entry_point, and emr_cluster_id, glue_job_name, or emr_serverless_application_id and emr_serverless_role_arn."
  type        = map(string)

  validation {
    condition = length(setsubtract(keys(var.facts), [
      "config", "emr_cluster_id", "emr_serverless_application_id", "emr_serverless_role_arn", "entry_point", "glue_job_name",
    ])) == 0
    error_message = "Allowed: config, emr_cluster_id, emr_serverless_application_id, emr_serverless_role_arn, entry_point, glue_job_name."
  }
}

variable "topic_arn" {
  description = "The topic that is told of a run that failed."
  type        = string
}

variable "dead_letter_queue_arn" {
  description = "The queue that keeps a start that could not be made."
  type        = string
}

variable "key_arn" {
  description = "The key that executions and logs are encrypted with."
  type        = string
}

variable "schedule" {
  description = "When the pipeline begins, in UTC, such as cron(30 3 * * ? *); null: when it is started."
  type        = string
  default     = null
}

variable "is_scheduled" {
  description = "Whether the schedule is on."
  type        = bool
  default     = true
}

variable "log_days" {
  description = "How long logs are kept, in days."
  type        = number
  default     = 365
}
