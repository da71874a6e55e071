environment           = "prod"
region                = "eu-central-1"
repository            = { owner = "example", name = "retail-lakehouse" }
is_provider_made_here = true # dev has an account of its own; false where it shares this one
is_scheduled          = true
most_cpu              = "64 vCPU"
most_memory           = "256 GB"
mail_addresses        = ["data-team@example.com"]

# The addresses of the release: `tidegate deploy` prints them. They name contents by their hashes, so going back to an earlier
# release is writing its addresses here.
release = {
  config         = "s3://example-retail-prod-artefacts/tidegate/prod/config"
  entry_point    = "s3://example-retail-prod-artefacts/tidegate/prod/tidegate_run.py"
  python_archive = "s3://example-retail-prod-artefacts/tidegate/prod/environment.tar.gz"
}

secrets = {
  "marquez-api-key" = "Key of the lineage server"
  "privacy-key"     = "Key of the hashes that stand for personal data"
}
