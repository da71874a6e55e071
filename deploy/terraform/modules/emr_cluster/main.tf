# A cluster of EMR on EC2 in private subnets, which grows with its work and ends when it is idle.

data "aws_partition" "this" {}

locals {
  python = "./environment/bin/python"
  environment = var.python_archive == null ? { "spark.pyspark.python" = "/usr/bin/python3.11" } : {
    "spark.archives"                         = "${var.python_archive}#environment"
    "spark.executorEnv.PYSPARK_PYTHON"       = local.python
    "spark.pyspark.python"                   = local.python
    "spark.yarn.appMasterEnv.PYSPARK_PYTHON" = local.python
  }
}

resource "aws_emr_security_configuration" "this" {
  name = var.name

  configuration = jsonencode({
    EncryptionConfiguration = {
      EnableAtRestEncryption = true
      AtRestEncryptionConfiguration = {
        S3EncryptionConfiguration = { EncryptionMode = "SSE-KMS", AwsKmsKey = var.key_arn }
        LocalDiskEncryptionConfiguration = {
          EncryptionKeyProviderType = "AwsKms"
          AwsKmsKey                 = var.key_arn
          EnableEbsEncryption       = true
        }
      }
      EnableInTransitEncryption = true
      InTransitEncryptionConfiguration = {
        TLSCertificateConfiguration = { CertificateProviderType = "PEM", S3Object = var.certificates }
      }
    }
    InstanceMetadataServiceConfiguration = {
      MinimumInstanceMetadataServiceVersion = 2
      HttpPutResponseHopLimit               = 1
    }
  })
}

resource "aws_emr_cluster" "this" {
  name                              = var.name
  release_label                     = var.release_label
  applications                      = ["Hadoop", "Spark"]
  service_role                      = aws_iam_role.service.arn
  security_configuration            = aws_emr_security_configuration.this.name
  log_uri                           = "s3://${var.log_bucket}/emr/"
  termination_protection            = false # idle clusters end by themselves
  keep_job_flow_alive_when_no_steps = true
  step_concurrency_level            = var.most_steps_at_once
  unhealthy_node_replacement        = true

  configurations_json = jsonencode([{
    Classification = "spark-defaults"
    Properties     = merge(var.spark_conf, local.environment)
  }])

  ec2_attributes {
    subnet_ids                        = var.subnet_ids
    instance_profile                  = aws_iam_instance_profile.this.arn
    emr_managed_master_security_group = aws_security_group.nodes["primary"].id
    emr_managed_slave_security_group  = aws_security_group.nodes["core"].id
    service_access_security_group     = aws_security_group.service.id
  }

  master_instance_group {
    instance_type = var.primary_type
  }

  core_instance_group {
    instance_type  = var.core_type
    instance_count = var.fewest_nodes

    ebs_config {
      size                 = var.disk_gib
      type                 = "gp3"
      volumes_per_instance = 1
    }
  }

  auto_termination_policy {
    idle_timeout = var.idle_minutes * 60
  }

  # By this tag Amazon's policy for the service knows what it may touch.
  tags = { "for-use-with-amazon-emr-managed-policies" = "true" }
}

resource "aws_emr_managed_scaling_policy" "this" {
  cluster_id = aws_emr_cluster.this.id

  compute_limits {
    unit_type                       = "Instances"
    minimum_capacity_units          = var.fewest_nodes
    maximum_capacity_units          = var.most_nodes
    maximum_core_capacity_units     = var.most_nodes
    maximum_ondemand_capacity_units = var.most_nodes
  }
}
