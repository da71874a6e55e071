variable "name" {
  description = "Project and environment: the cluster's name."
  type        = string
}

variable "key_arn" {
  description = "The key that disks and files are encrypted with."
  type        = string
}

variable "job_role_name" {
  description = "The role that runs have: the instances' role."
  type        = string
}

variable "log_bucket" {
  description = "The bucket for the nodes' logs."
  type        = string
}

variable "certificates" {
  description = "The address in S3 of a zip with privateKey.pem and certificateChain.pem: nodes speak to each other over TLS."
  type        = string

  validation {
    condition     = startswith(var.certificates, "s3://")
    error_message = "An address that begins with s3://."
  }
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets with a way to S3, tagged for-use-with-amazon-emr-managed-policies = true. EMR takes the one with most room."
  type        = list(string)
}

variable "python_archive" {
  description = "The address of the packed Python environment (.tar.gz) with tidegate and the project; null: what the nodes have."
  type        = string
  default     = null
}

variable "spark_conf" {
  description = "Spark's defaults: jars and static settings of the formats. `tidegate doctor --platform emr` prints what a configuration needs."
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

variable "primary_type" {
  description = "The primary node's type."
  type        = string
  default     = "m7g.xlarge"
}

variable "core_type" {
  description = "The other nodes' type."
  type        = string
  default     = "r7g.xlarge"
}

variable "fewest_nodes" {
  description = "Nodes beside the primary one, at least."
  type        = number
  default     = 1
}

variable "most_nodes" {
  description = "Nodes beside the primary one, at most."
  type        = number
  default     = 6
}

variable "disk_gib" {
  description = "Disk of each node, in GiB."
  type        = number
  default     = 128
}

variable "most_steps_at_once" {
  description = "How many steps run at the same time."
  type        = number
  default     = 12
}

variable "idle_minutes" {
  description = "When a cluster without steps ends."
  type        = number
  default     = 60
}
