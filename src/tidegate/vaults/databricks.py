"""Secret scopes of Databricks, through its SDK: on a cluster as the run's user, elsewhere by the SDK's own settings."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from tidegate.errors import MissingExtraError
from tidegate.vaults.port import VaultError


class _Secrets(Protocol):
    def get(self, scope: str, key: str) -> str: ...


class _Utilities(Protocol):
    secrets: _Secrets


class _Workspace(Protocol):
    dbutils: _Utilities


_SECONDS = 30


class DatabricksScopes:
    """Secrets as `scope/key`."""

    def read(self, name: str) -> str:
        """Return the secret of a key in a scope."""
        scope, _, key = name.partition("/")
        where = f"databricks:{name}"
        try:
            sdk, core = import_module("databricks.sdk"), import_module("databricks.sdk.core")
        except ImportError as error:
            raise MissingExtraError("databricks-sdk", extra="databricks", purpose=f"reading {where}") from error
        try:
            config = core.Config(http_timeout_seconds=_SECONDS, retry_timeout_seconds=_SECONDS)
            return cast("_Workspace", sdk.WorkspaceClient(config=config)).dbutils.secrets.get(scope, key)
        except Exception as error:  # noqa: BLE001 - on a cluster it is Java's, elsewhere the SDK's
            raise _told(error, where) from None


def _told(error: Exception, where: str) -> VaultError:
    """Return the message; the error is told by its class and by words of its text, which is not repeated."""
    kind, text = type(error).__name__, str(error).lower()
    if kind in {"NotFound", "ResourceDoesNotExist"} or "does not exist" in text:
        return VaultError(
            "Databricks has no such secret", where=where, hint="check scope and key: databricks:scope/key"
        )
    if kind == "PermissionDenied" or "permission" in text:
        return VaultError("Databricks does not permit to read a secret", where=where, hint="grant READ on the scope")
    if kind == "Unauthenticated" or "token" in text:
        return VaultError("Databricks does not accept the credentials", where=where, hint="renew the token or profile")
    if "timeout" in kind.lower() or "connection" in kind.lower() or "timed out" in text:
        hint = "check DATABRICKS_HOST and the network"
        return VaultError(f"Databricks does not answer: {kind}", where=where, hint=hint, retryable=True)
    if kind == "ValueError":  # what the SDK raises where it finds no way to log in
        hint = "set DATABRICKS_HOST and a way to log in, or a profile (DATABRICKS_CONFIG_PROFILE)"
        return VaultError("there are no credentials for Databricks", where=where, hint=hint)
    return VaultError(f"Databricks cannot be asked for a secret: {kind}", where=where, hint="check the reference")
