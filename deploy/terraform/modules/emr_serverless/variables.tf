variable "name" {
  description = "Project and environment: the application's name."
  type        = string
}

variable "key_arn" {
  description = "The key that logs are encrypted with. The job's role has to be allowed to use it."
  type        = string
}

variable "python_archive" {
  description = "The address of the packed Python environment (.tar.gz) with tidegate and the project; null where an image or the job run brings it."
  type        = string
  default     = null
}

variable "spark_conf" {
  description = "Spark's defaults: jars and static settings of the formats. `tidegate doctor --platform emr-serverless` prints what a configuration needs."
  type        = map(string)
  default = {
    "spark.jars"                      = "/usr/share/aws/delta/lib/delta-spark.jar,/usr/share/aws/delta/lib/delta-storage.jar"
    "spark.sql.extensions"            = "io.delta.sql.DeltaSparkSessionExtension"
    "spark.sql.catalog.spark_catalog" = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
  }
}

variable "release_label" {
  description = "EMR's release."
  type        = string
  default     = "emr-7.12.0"
}

variable "architecture" {
  description = "X86_64 or ARM64: that of the Python archive."
  type        = string
  default     = "X86_64"
}

variable "most_cpu" {
  description = "Processors of all runs together, at most."
  type        = string
  default     = "64 vCPU"
}

variable "most_memory" {
  description = "Memory of all runs together, at most."
  type        = string
  default     = "256 GB"
}

variable "most_disk" {
  description = "Disk of all runs together, at most."
  type        = string
  default     = "2000 GB"
}

variable "idle_minutes" {
  description = "When an application without runs stops."
  type        = number
  default     = 10
}

variable "most_runs_at_once" {
  description = "How many runs go on at the same time; further ones wait."
  type        = number
  default     = 15
}

variable "queue_minutes" {
  description = "How long a run may wait for its turn."
  type        = number
  default     = 60
}

variable "subnet_ids" {
  description = "Private subnets, where runs need a VPC: for databases, or a lineage server. None: AWS's own network, which reaches AWS only."
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "Security groups of the runs in those subnets."
  type        = list(string)
  default     = []
}

variable "log_days" {
  description = "How long logs are kept, in days."
  type        = number
  default     = 365
}
