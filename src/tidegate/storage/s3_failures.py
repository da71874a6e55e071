"""What is said of a failure in S3: one message, with what to do next, and whether to try again."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

from tidegate.errors import StorageError

if TYPE_CHECKING:
    from tidegate.storage.address import Address

RETRYABLE_CODES = frozenset({"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "500", "503"})
_RETRYABLE_NUMBERS = frozenset({errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT, getattr(errno, "EREMOTEIO", errno.EAGAIN)})
# botocore's and aiohttp's, by name: they are loaded only when used.
_NO_ANSWER = frozenset(
    {"ClientConnectionError", "ClientPayloadError", "ConnectionError", "HTTPClientError", "IncompleteReadError"}
)
OUTDATED_CODES = ("ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch")
_NOT_ALLOWED = "allow {actions} on the bucket and on what is in it"
# What S3 answers, or what botocore raises before it asks, by a part of its name; the first that fits is said.
_HINTS = (
    (("NoCredentials", "PartialCredentials", "Profile", "SSO"), "set AWS_PROFILE, or give this machine a role"),
    (OUTDATED_CODES, "renew the credentials"),
    (
        ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint", "301", "NoRegion"),
        "the bucket is in another region: set AWS_REGION to the bucket's",
    ),
    (("AccessDenied", "AllAccessDisabled"), _NOT_ALLOWED),
    # The answer to HEAD has no body that could say why.
    (("Forbidden", "403"), f"the credentials are wrong or lack a right: renew them, or {_NOT_ALLOWED}"),
    (("QuotaExceeded", "TooManyBuckets", "EntityTooLarge"), "a limit of the account is reached: have it raised"),
    (("KMS",), "allow the role kms:Decrypt and kms:GenerateDataKey on the bucket's key"),
)
_ACTIONS = {
    "read": "s3:GetObject",
    "written": "s3:PutObject",
    "listed": "s3:ListBucket",
    "looked up": "s3:GetObject and s3:ListBucket",
    "removed": "s3:DeleteObject",
}


def failure(done: str, address: Address, error: Exception) -> StorageError:
    """Return what is said of a failure.

    Args:
        done: What was not done to an object, such as `read`.
        address: The object.
        error: What was raised.
    """
    code = code_of(error) or type(error).__name__
    hint = next((hint for parts, hint in _HINTS if any(part in code for part in parts)), None)
    if hint is None and isinstance(error, PermissionError):
        hint = _NOT_ALLOWED
    if hint is not None:
        hint, is_retryable = hint.format(actions=_ACTIONS.get(done, "access")), False
    elif _is_retryable(code, error):
        hint, is_retryable = "the store may answer when it is asked again; if it never does, check its address", True
    else:
        hint, is_retryable = "check the address and the bucket's settings", False
    return StorageError(f"an object cannot be {done}: {code}", where=address.uri, hint=hint, retryable=is_retryable)


def code_of(error: BaseException) -> str:
    """Return S3's code for a failure; empty where S3 did not answer."""
    cause = error.__cause__ or error
    response = getattr(cause, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def _is_retryable(code: str, error: Exception) -> bool:
    if code in RETRYABLE_CODES or isinstance(error, TimeoutError | ConnectionError | asyncio.TimeoutError):
        return True
    if any(kind.__name__ in _NO_ANSWER for kind in type(error).__mro__):  # some are OSErrors without a number
        return True
    return isinstance(error, OSError) and error.errno in _RETRYABLE_NUMBERS
