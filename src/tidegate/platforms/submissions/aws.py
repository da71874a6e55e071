"""What the services of AWS have in common: clients that wait when asked to, logs, and one message per failure."""

from __future__ import annotations

import gzip
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from tidegate.errors import MissingExtraError, PlatformError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Answer: TypeAlias = Mapping[str, "Mapping[str, object]"]

    class _Body(Protocol):
        def read(self) -> bytes: ...

    class _S3(Protocol):
        def get_object(self, **request: str) -> Mapping[str, object]: ...


Clients: TypeAlias = "Callable[[str], object]"

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 10, 60, 8
_MOST_CHARACTERS = 300
_BUSY = ("Throttl", "TooManyRequests", "RequestLimit", "SlowDown", "InternalS", "InternalFailure", "ServiceUnavailable")
_REFUSED = ("AccessDenied", "NotAuthorized", "Forbidden", "UnauthorizedOperation")
_STALE = (
    "ExpiredToken",
    "UnrecognizedClient",
    "InvalidClientToken",
    "InvalidSignature",
    "SignatureDoesNotMatch",
    "AuthFailure",
)
_FULL = (
    "ConcurrentRunsExceeded",
    "ResourceNumberLimitExceeded",
    "ServiceQuotaExceeded",
    "LimitExceeded",
    "InsufficientCapacity",
)
_UNKNOWN = ("EntityNotFound", "ResourceNotFound", "NoSuchBucket", "NoSuchKey", "ClusterNotFound")
_WRONG = (
    "Validation",
    "InvalidRequest",
    "InvalidInput",
    "InvalidParameter",
    "ConflictException",
    "IllegalSessionState",
)


def client(service: str) -> object:
    """Return a client of a service, with AWS's own settings; it asks again, ever more slowly, where it is told to.

    Raises:
        MissingExtraError: boto3 is not installed.
        PlatformError: There is no region.
    """
    with told(service, f"AWS, service {service}"):
        import boto3  # noqa: PLC0415 - an extra
        from botocore.config import Config  # noqa: PLC0415

        retries = {"mode": "adaptive", "total_max_attempts": _ATTEMPTS}
        config = Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries=retries)
        return cast("object", boto3.session.Session().client(service, config=config))


@contextmanager
def told(action: str, where: str) -> Iterator[None]:
    """Turn what boto3 raises within into one message.

    Args:
        action: What AWS is asked for, as IAM calls it, such as `glue:StartJobRun`.
        where: What it is asked about.

    Raises:
        PlatformError: It failed; retryable where AWS may answer the next time.
    """
    try:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("boto3", extra="deploy", purpose="starting a run in AWS") from error
    try:
        yield
    except ClientError as error:
        found = error.response.get("Error", {})
        raise _answered(str(found.get("Code", "")), str(found.get("Message", "")), action, where) from None
    except (BotoCoreError, ValueError) as error:
        raise _unanswered(type(error).__name__, where) from None


def content_in_s3(clients: Clients, uri: str) -> bytes:
    """Return the content of an object in S3.

    Raises:
        PlatformError: It cannot be read.
    """
    bucket, _, key = uri.partition("://")[2].partition("/")
    with told("s3:GetObject", uri):
        answer = cast("_S3", clients("s3")).get_object(Bucket=bucket, Key=key)
        return cast("_Body", answer["Body"]).read()


def text_in_s3(clients: Clients, uri: str) -> list[str]:
    """Return the lines of a packed file in S3; none where it is not there yet.

    Raises:
        PlatformError: It cannot be read.
    """
    try:
        content = content_in_s3(clients, uri)
    except AnswerError as error:
        if error.code.startswith(_UNKNOWN):
            return []
        raise
    try:
        return gzip.decompress(content).decode(errors="replace").splitlines()
    except (OSError, EOFError, zlib.error):
        return content.decode(errors="replace").splitlines()


class AnswerError(PlatformError):
    """A service of AWS refused what it was asked for.

    Attributes:
        code: The service's own name for it.
    """

    def __init__(self, what: str, *, where: str, hint: str, code: str, retryable: bool = False) -> None:
        """Keep the message's parts, and the code."""
        super().__init__(what, where=where, hint=hint, retryable=retryable)
        self.code = code


def _answered(code: str, message: str, action: str, where: str) -> AnswerError:
    if code.startswith(_BUSY):
        what, hint = f"AWS has too much to do: {code}", "try again in a minute"
    elif code.startswith(_REFUSED):
        what, hint = f"AWS does not permit {action}", f"allow {action} to the user or role, on what is named above"
    elif code.startswith(_STALE):
        what, hint = "AWS does not accept the credentials", "renew them; for SSO: aws sso login"
    elif code.startswith(_FULL):
        what, hint = f"a limit of AWS is reached: {code}", "wait for runs to end, or have the quota raised"
    elif code.startswith(_UNKNOWN) or "not valid" in message or "not exist" in message:
        what, hint = (
            "AWS has nothing of that name in this account and region",
            "check the name, AWS_REGION and the account",
        )
    elif code.startswith(_WRONG):
        what, hint = f"AWS does not take the request: {_shortened(message)}", "mend what it says, and start again"
    else:
        what, hint = f"AWS answered {code or 'with an error'} to {action}", "try again later"
    return AnswerError(what, where=where, hint=hint, code=code, retryable=code.startswith(_BUSY))


def _unanswered(kind: str, where: str) -> PlatformError:
    if any(word in kind for word in ("Credential", "Profile", "Token", "SSO")):
        return PlatformError(
            "there are no AWS credentials", where=where, hint="set AWS_PROFILE, or give this machine a role"
        )
    if "Region" in kind or ("Endpoint" in kind and "Connection" not in kind):
        return PlatformError(
            "the AWS region is not set, or there is none of that name", where=where, hint="set AWS_REGION"
        )
    if "ParamValidation" in kind:
        return PlatformError(
            "the request is none that AWS takes", where=where, hint="check names and addresses in export and deploy"
        )
    hint = "check AWS_REGION and the network; there may be no such service in that region"
    return PlatformError(f"AWS does not answer: {kind}", where=where, hint=hint, retryable=True)


def _shortened(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}…"
