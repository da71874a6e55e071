terraform {
  required_version = ">= 1.10" # the lock of the state is a file beside it

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  # The bucket of the state is made by hand, once: terraform init -backend-config=prod.s3.tfbackend
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project     = var.project
      environment = var.environment
      made_by     = "terraform"
    }
  }
}
