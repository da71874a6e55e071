"""What a vault is, and how its failures are told."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

from tidegate.errors import ConfigError

VaultKind: TypeAlias = Literal["aws-sm", "aws-ssm", "databricks"]


class Vault(Protocol):
    """One kind of vault."""

    def read(self, name: str) -> str:
        """Return the text under a name, as the reference has it after the colon.

        Raises:
            VaultError: It cannot be read; nothing of the secret is in the message.
            MissingExtraError: The vault's package is not installed.
        """


class VaultError(ConfigError):
    """A secret could not be read from a vault.

    Attributes:
        retryable: Whether the vault did not answer, and may the next time.
    """

    def __init__(self, what: str, *, where: str, hint: str, retryable: bool = False) -> None:
        """Keep the message's parts."""
        super().__init__(what, where=where, hint=hint)
        self.retryable = retryable
