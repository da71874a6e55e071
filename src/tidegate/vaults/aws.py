"""Secrets Manager and the Parameter Store of AWS, through boto3."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol, cast

from tidegate.errors import MissingExtraError
from tidegate.vaults.port import VaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

    class _Secrets(Protocol):
        def get_secret_value(self, **request: str) -> dict[str, object]: ...

    class _Parameters(Protocol):
        def get_parameter(self, **request: object) -> dict[str, dict[str, str]]: ...


_Service = Literal["secretsmanager", "ssm"]
_SECONDS = 10
_ATTEMPTS = 3
_REGION = re.compile(r"arn:[a-z-]+:(?:secretsmanager|ssm):([a-z0-9-]+):")
_ACTIONS = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameter"}
_REFUSED = ("AccessDenied", "NotAuthorized", "Forbidden")
_UNKNOWN = ("ResourceNotFound", "ParameterNotFound", "ParameterVersionNotFound")
_STALE = ("ExpiredToken", "UnrecognizedClient", "InvalidClientToken", "InvalidSignature", "SignatureDoesNotMatch")
_LOCKED = ("DecryptionFailure", "KMS", "InvalidKeyId")
_BUSY = ("Throttling", "TooManyRequests", "InternalS", "ServiceUnavailable", "RequestLimitExceeded")


class SecretsManager:
    """Secrets by name or ARN; `#key` after it takes one value out of a secret that is a JSON object."""

    def read(self, name: str) -> str:
        """Return the secret, or the value of one key in it."""
        secret, _, key = name.partition("#")
        where = f"aws-sm:{name}"
        with _told("secretsmanager", secret, where) as region:
            client = cast("_Secrets", _client("secretsmanager", region))
            answer = client.get_secret_value(SecretId=secret)
        text = answer.get("SecretString")
        if not isinstance(text, str):
            raise VaultError("a secret is not a text", where=where, hint="store it as a text, not as binary data")
        return _value_of(text, key, where) if key else text


class ParameterStore:
    """Parameters by name or ARN, decrypted where they are of the kind SecureString."""

    def read(self, name: str) -> str:
        """Return the parameter's value."""
        with _told("ssm", name, f"aws-ssm:{name}") as region:
            client = cast("_Parameters", _client("ssm", region))
            return client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def _value_of(text: str, key: str, where: str) -> str:
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise VaultError("a secret is no JSON object", where=where, hint="leave #key out, or store key and value")
    value = values.get(key)
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise VaultError("a secret has no text under this key", where=where, hint="check the name after #")
    return str(value)


def _client(service: _Service, region: str | None) -> object:
    import boto3  # noqa: PLC0415 - an extra
    from botocore.config import Config  # noqa: PLC0415

    waits = Config(
        connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"mode": "standard", "total_max_attempts": _ATTEMPTS}
    )
    return boto3.session.Session().client(service, region_name=region, config=waits)


@contextmanager
def _told(service: _Service, name: str, where: str) -> Iterator[str | None]:
    """Yield the region that a name itself tells, and turn what boto3 raises within into one message."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("boto3", extra="aws", purpose=f"reading {where}") from error
    found = _REGION.match(name)
    try:
        yield found[1] if found else None
    except ClientError as error:
        # Neither cause nor context are kept: an answer of AWS may quote what was asked.
        raise _answered(str(error.response.get("Error", {}).get("Code", "")), service, where) from None
    except (BotoCoreError, ValueError) as error:
        raise _unanswered(type(error).__name__, where) from None


def _answered(code: str, service: _Service, where: str) -> VaultError:
    if code.startswith(_REFUSED):
        what, hint = "AWS does not permit to read a secret", f"allow the role {_ACTIONS[service]} on it"
    elif code.startswith(_UNKNOWN):
        what, hint = "AWS has no such secret in this account and region", "check the name, AWS_REGION and the account"
    elif code.startswith(_STALE):
        what, hint = "AWS does not accept the credentials", "renew them; for SSO: aws sso login"
    elif code.startswith(_LOCKED):
        what, hint = "AWS cannot decrypt a secret for this role", "allow the role kms:Decrypt on the secret's key"
    else:
        what, hint = f"AWS answered {code or 'with an error'} to a request for a secret", "try again later"
    return VaultError(what, where=where, hint=hint, retryable=code.startswith(_BUSY))


def _unanswered(kind: str, where: str) -> VaultError:
    if "Credential" in kind or "Profile" in kind or "Token" in kind or "SSO" in kind:
        what, hint = "there are no AWS credentials", "give the job a role, or set AWS_PROFILE"
    elif "Region" in kind:
        what, hint = "the AWS region is not set, or there is none of that name", "set AWS_REGION"
    elif "Timeout" in kind or "Connect" in kind or "Proxy" in kind or "SSL" in kind or "HTTPClient" in kind:
        what = f"AWS does not answer: {kind}"
        hint = "check AWS_REGION, and that the network has a way there (a VPC end point, or NAT)"
        return VaultError(what, where=where, hint=hint, retryable=True)
    else:
        what, hint = f"AWS cannot be asked for a secret: {kind}", "check the reference and AWS's own settings"
    return VaultError(what, where=where, hint=hint)
