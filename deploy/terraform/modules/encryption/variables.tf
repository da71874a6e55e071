variable "name" {
  description = "Project and environment, such as retail-prod: the beginning of every name."
  type        = string
}
