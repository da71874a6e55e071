# Places for secrets. Their values never pass through Terraform, whose state would keep them in the clear:
# `aws secretsmanager put-secret-value --secret-id retail-prod/marquez-api-key --secret-string file:///dev/stdin`.

resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV2_AWS_57:These are keys of other people's services, which no function of ours can renew; runs read a changed value within 15 minutes
  for_each = var.secrets

  name                    = "${var.name}/${each.key}"
  description             = each.value
  kms_key_id              = var.key_arn
  recovery_window_in_days = 30
}
