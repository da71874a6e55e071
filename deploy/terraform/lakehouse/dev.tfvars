# The shared place to try things: small, started by hand.
environment           = "dev"
region                = "eu-central-1"
repository            = { owner = "example", name = "retail-lakehouse" }
is_provider_made_here = true
is_scheduled          = false
most_cpu              = "16 vCPU"
most_memory           = "64 GB"

release = {
  config         = "s3://example-retail-dev-artefacts/tidegate/dev/config"
  entry_point    = "s3://example-retail-dev-artefacts/tidegate/dev/tidegate_run.py"
  python_archive = "s3://example-retail-dev-artefacts/tidegate/dev/environment.tar.gz"
}
