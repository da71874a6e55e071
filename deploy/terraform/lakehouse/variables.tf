variable "project" {
  description = "The project: the beginning of every name."
  type        = string
  default     = "example-retail"
}

variable "environment" {
  description = "The environment: the second part of every name, and --env of the runs."
  type        = string

  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "One of dev and prod."
  }
}

variable "region" {
  description = "Where everything is."
  type        = string
}

variable "release" {
  description = "What `tidegate deploy` put into the bucket of artefacts: the addresses of the configuration, of tidegate_run.py and of the packed Python environment."
  type = object({
    config         = string
    entry_point    = string
    python_archive = string
  })
}

variable "is_scheduled" {
  description = "Whether the pipeline begins every night."
  type        = bool
}

variable "most_cpu" {
  description = "Processors of all runs together, at most."
  type        = string
}

variable "most_memory" {
  description = "Memory of all runs together, at most."
  type        = string
}

variable "network" {
  description = "Private subnets and security groups of the runs on EMR Serverless; none: AWS's own network, which reaches AWS only."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = { subnet_ids = [], security_group_ids = [] }
}

variable "secrets" {
  description = "What each secret is for, by name. The values are put in by hand."
  type        = map(string)
  default     = {}
}

variable "mail_addresses" {
  description = "Who is written to when something is wrong."
  type        = set(string)
  default     = []
}

variable "repository" {
  description = "The repository on GitHub whose workflows deploy."
  type        = object({ owner = string, name = string })
}

variable "is_provider_made_here" {
  description = "Whether the account's identity provider for GitHub is made by this environment."
  type        = bool
}

variable "glue" {
  description = "What Glue needs; null where no job runs there."
  type = object({
    python_modules = string
    most_workers   = optional(number, 4)
  })
  default = null
}

variable "cluster" {
  description = "What a cluster of EMR on EC2 needs; null for none."
  type = object({
    certificates = string
    vpc_id       = string
    subnet_ids   = list(string)
    most_nodes   = optional(number, 6)
  })
  default = null
}
