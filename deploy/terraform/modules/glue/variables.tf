variable "name" {
  description = "Project and environment: the beginning of every name."
  type        = string
}

variable "environment" {
  description = "The environment of the configuration: --env."
  type        = string
}

variable "key_arn" {
  description = "The key that logs, bookmarks and temporary files are encrypted with."
  type        = string
}

variable "role_arn" {
  description = "The role that runs have."
  type        = string
}

variable "databases" {
  description = "Databases of the catalog: the place of their tables, by name."
  type        = map(string)
  default     = {}
}

variable "entry_point" {
  description = "The address of deploy/tidegate_run.py."
  type        = string
}

variable "config" {
  description = "The address of the configuration: --config."
  type        = string
}

variable "python_modules" {
  description = "Wheels or a zip of wheels for --additional-python-modules, separated by commas; null for none."
  type        = string
  default     = null
}

variable "formats" {
  description = "Table formats whose jars Glue brings."
  type        = list(string)
  default     = ["delta"]
}

variable "spark_conf" {
  description = "Static settings of Spark. `tidegate doctor --platform glue` prints what a configuration needs."
  type        = map(string)
  default = {
    "spark.sql.extensions"            = "io.delta.sql.DeltaSparkSessionExtension"
    "spark.sql.catalog.spark_catalog" = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
  }
}

variable "arguments" {
  description = "Further parameters of the job, over those made here."
  type        = map(string)
  default     = {}
}

variable "glue_version" {
  description = "Glue's release."
  type        = string
  default     = "5.1"
}

variable "worker_type" {
  description = "The size of a worker."
  type        = string
  default     = "G.1X"
}

variable "most_workers" {
  description = "How many workers a run may have at most, at least 2; Glue takes fewer where fewer are enough."
  type        = number
  default     = 4
}

variable "most_runs_at_once" {
  description = "As many as jobs of the pipeline may run at the same time."
  type        = number
  default     = 12
}

variable "timeout_minutes" {
  description = "How long a run may take."
  type        = number
  default     = 240
}
