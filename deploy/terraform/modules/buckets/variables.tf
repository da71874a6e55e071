variable "name" {
  description = "The beginning of every bucket's name, such as retail-prod. Names of buckets are the world's: add the account where it may be taken."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,45}$", var.name))
    error_message = "Small letters, digits and hyphens, at most 46 of them: the longest ending still has to fit into 63."
  }
}

variable "key_arn" {
  description = "The key that objects are encrypted with."
  type        = string
}

variable "buckets" {
  description = "The buckets by the ends of their names. removed_after_days: when a removed or overwritten object is gone for good. archive_after_days: when an object moves to a cheaper class by itself; null for never."
  type = map(object({
    removed_after_days = optional(number, 7)
    archive_after_days = optional(number)
  }))

  validation {
    condition     = alltrue([for bucket in var.buckets : bucket.removed_after_days >= 1])
    error_message = "removed_after_days is at least 1."
  }
}

variable "log_days" {
  description = "How long access logs and logs of clusters are kept, in days."
  type        = number
  default     = 365
}
