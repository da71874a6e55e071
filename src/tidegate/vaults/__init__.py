"""Secrets in the vaults of clouds, read by name: `read_secret("aws-sm", "shop/api#key")`.

A vault's package is imported when its first secret is read. What was read is kept in memory for as long as a run
usually takes, so that a run asks once for each.
"""

from __future__ import annotations

from tidegate.vaults.kept import KINDS, forget_secrets, read_secret
from tidegate.vaults.port import VaultKind

__all__ = ["KINDS", "VaultKind", "forget_secrets", "read_secret"]
