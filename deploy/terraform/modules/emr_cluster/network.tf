# Security groups that EMR fills in itself; from outside nobody reaches a node.

resource "aws_security_group" "nodes" {
  # checkov:skip=CKV2_AWS_5:The cluster names both groups by their keys
  for_each = toset(["primary", "core"])

  name                   = "${var.name}-emr-${each.key}"
  description            = "Nodes of ${var.name}: ${each.key}; EMR adds its own rules"
  vpc_id                 = var.vpc_id
  revoke_rules_on_delete = true

  tags = { "for-use-with-amazon-emr-managed-policies" = "true" }
}

resource "aws_security_group" "service" {
  # checkov:skip=CKV2_AWS_5:The cluster names the group as its service access
  name                   = "${var.name}-emr-service"
  description            = "How EMR reaches nodes in private subnets of ${var.name}; EMR adds its own rules"
  vpc_id                 = var.vpc_id
  revoke_rules_on_delete = true

  tags = { "for-use-with-amazon-emr-managed-policies" = "true" }
}

resource "aws_vpc_security_group_egress_rule" "tls" {
  for_each = aws_security_group.nodes

  security_group_id = each.value.id
  description       = "AWS and whatever runs read over HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# The rule that EMR asks for and does not add itself.
resource "aws_vpc_security_group_ingress_rule" "service" {
  security_group_id            = aws_security_group.service.id
  description                  = "The primary node speaks to the service"
  referenced_security_group_id = aws_security_group.nodes["primary"].id
  ip_protocol                  = "tcp"
  from_port                    = 9443
  to_port                      = 9443
}
