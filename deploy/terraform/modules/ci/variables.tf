variable "name" {
  description = "Project and environment: the beginning of the role's name."
  type        = string
}

variable "environment" {
  description = "The environment: of GitHub, of the configuration, and the folder of its artefacts."
  type        = string
}

variable "owner" {
  description = "Whose repository on GitHub it is."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+$", var.owner))
    error_message = "A name without wildcards: whoever matches it may deploy."
  }
}

variable "repository" {
  description = "The repository on GitHub, without its owner."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+$", var.repository))
    error_message = "A name without wildcards: whoever matches it may deploy."
  }
}

variable "is_provider_made_here" {
  description = "Whether the account's identity provider for GitHub is made here; false where another environment of the account has made it."
  type        = bool
}

variable "artefact_bucket_arn" {
  description = "The bucket of artefacts."
  type        = string
}

variable "key_arn" {
  description = "The key of that bucket."
  type        = string
}

variable "run_permissions" {
  description = "What starting, watching and stopping a run needs, by the name of the statement."
  type        = map(object({ actions = list(string), resources = list(string) }))
  default     = {}
}

variable "job_role_arns" {
  description = "Roles that may be given to runs."
  type        = list(string)
  default     = []
}
