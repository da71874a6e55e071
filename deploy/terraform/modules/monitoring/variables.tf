variable "name" {
  description = "Project and environment: the beginning of every name, and the page's."
  type        = string
}

variable "project" {
  description = "The setting project.name of the configuration."
  type        = string
}

variable "namespace" {
  description = "The namespace that metrics.sinks of the configuration names."
  type        = string
  default     = "tidegate"
}

variable "jobs" {
  description = "Jobs of which each failure is told by an alarm of its own."
  type        = set(string)
  default     = []
}

variable "state_machine_arn" {
  description = "The pipeline."
  type        = string
}

variable "is_daily" {
  description = "Whether a day without a good end is an alarm."
  type        = bool
  default     = true
}

variable "dead_letter_queue" {
  description = "The name of the queue of messages that nobody took."
  type        = string
}

variable "topic_arn" {
  description = "The topic that alarms tell."
  type        = string
}
