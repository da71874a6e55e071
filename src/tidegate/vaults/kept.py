"""What was read from vaults, kept for a while."""

from __future__ import annotations

import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING, get_args

from tidegate.vaults.port import VaultKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.vaults.port import Vault

KINDS: tuple[VaultKind, ...] = get_args(VaultKind)
_VAULTS: Mapping[VaultKind, tuple[str, str]] = {
    "aws-sm": ("tidegate.vaults.aws", "SecretsManager"),
    "aws-ssm": ("tidegate.vaults.aws", "ParameterStore"),
    "databricks": ("tidegate.vaults.databricks", "DatabricksScopes"),
}
_KEPT_SECONDS = 900.0  # a process that lives longer than a run sees a secret that was changed

_lock = threading.Lock()
_kept: dict[tuple[VaultKind, str], tuple[float, str]] = {}


def read_secret(kind: VaultKind, name: str) -> str:
    """Return a secret's text. The vault is asked once in fifteen minutes, also by threads that ask together.

    Args:
        kind: The vault.
        name: The secret's name in it.

    Raises:
        VaultError: It cannot be read. The next call asks again.
        MissingExtraError: The vault's package is not installed.
    """
    with _lock:
        at, text = _kept.get((kind, name), (0.0, ""))
        if text and time.monotonic() - at < _KEPT_SECONDS:
            return text
        module, vault = _VAULTS[kind]
        found: Vault = getattr(import_module(module), vault)()
        text = found.read(name)
        _kept[kind, name] = (time.monotonic(), text)
        return text


def forget_secrets() -> None:
    """Forget what was read, so that the next call asks the vault."""
    with _lock:
        _kept.clear()
