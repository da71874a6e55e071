"""Ask an HTTP API, again where it may answer the next time. Errors and logs tell status and path, and nothing else."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote_plus, urljoin, urlsplit

from tidegate.errors import MissingExtraError, SourceError
from tidegate.sources.hidden_queries import asking

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import requests

    from tidegate.model.connections import HttpConnection

MOST_BYTES = 256 * 1024 * 1024

_CHUNK = 64 * 1024
_OK, _NO_CONTENT = 200, 204
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_REASONS = {
    401: "check the credentials of the connection",
    403: "the credentials of the connection do not allow this",
    404: "check the connection's url and the path that is declared",
}
_FIRST_WAIT_SECONDS = 0.5
_REDIRECTS = range(300, 400)

_log = logging.getLogger("tidegate.sources")


@dataclass(frozen=True)
class Request:
    """What is asked for: an address, and query parameters that are added to it."""

    url: str
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """The path alone, for messages: a query may hold what nobody should read."""
        return urlsplit(self.url).path


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        body: The content, decompressed.
        next_link: The `Link` header's address with `rel="next"`; None where there is none.
    """

    body: bytes
    next_link: str | None = None


class _NotNowError(Exception):
    """A request that may be answered when it is made again."""

    def __init__(self, reason: str, wait_seconds: float | None = None) -> None:
        """Keep why, and how long the API asks to wait."""
        super().__init__(reason)
        self.wait_seconds = wait_seconds


class HttpClient:
    """Gets pages over one connection, which is kept open between them."""

    def __init__(self, connection: HttpConnection, label: str, pause: Callable[[float], object] = time.sleep) -> None:
        """Open nothing yet.

        Args:
            connection: The API.
            label: The source, for messages.
            pause: Waits for a number of seconds.

        Raises:
            MissingExtraError: The extra `api` is not installed.
        """
        try:
            import requests  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("requests", extra="api", purpose="reading an HTTP API") from error
        self._connection, self._label, self._pause = connection, label, pause
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", "User-Agent": "tidegate", **connection.headers})
        self._session.auth = _unchanged  # else a .netrc file replaces the credentials

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def below(self, path: str) -> str:
        """Return the address of a path below the connection's."""
        return self._connection.url.rstrip("/") + path

    def beside(self, url: str, link: str) -> str:
        """Return the address that a link of an answer leads to.

        Args:
            url: Where the answer came from.
            link: The link, perhaps relative.

        Raises:
            SourceError: It leads to another place, which would be sent the credentials, or is no address.
        """
        found = _joined(url, link)
        if _origin(found) != _origin(self._connection.url):
            raise SourceError(
                "the link to the next page leads to another host, which is not sent the credentials",
                where=self._label,
                hint="pages have to come from the host, port and scheme of the connection's url",
            )
        return found

    def get(self, request: Request) -> Answer:
        """Return the answer to a request, made again with growing waits where the API could not answer.

        Raises:
            SourceError: The API refused, could not be reached after all attempts, or asks for too long a wait.
        """
        attempt = 0
        while True:
            try:
                return self._ask(request)
            except _NotNowError as error:
                if attempt >= self._connection.retries:
                    self._refuse(f"{error}, after {attempt + 1} attempts", request, "run again later", retryable=True)
                self._wait(attempt, error, request)
                attempt += 1

    def _wait(self, attempt: int, error: _NotNowError, request: Request) -> None:
        longest = self._connection.longest_wait_seconds
        wait = random.uniform(0.5, 1) * _FIRST_WAIT_SECONDS * 2**attempt  # noqa: S311 - spreads readers, hides nothing
        wait = min(wait, longest)
        if error.wait_seconds is not None:
            if error.wait_seconds > longest:
                self._refuse(
                    f"{error}, and asks to wait {error.wait_seconds:.0f} s",
                    request,
                    "run again later, or set longest_wait_seconds of the connection",
                    retryable=True,
                )
            wait = max(wait, error.wait_seconds)
        _log.info("%s: %s; trying again in %.1f s", self._label, error, wait)
        self._pause(wait)

    def _ask(self, request: Request) -> Answer:
        import requests  # noqa: PLC0415 - an extra

        reason = ""
        try:
            with (
                asking(),
                self._session.get(
                    without_parameters(request.url, self._connection.parameters),
                    params={**dict(request.parameters), **self._connection.parameters},
                    timeout=self._connection.timeout_seconds,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return self._answer(response, request)
        except (requests.exceptions.SSLError, requests.exceptions.InvalidSchema, ValueError) as error:
            reason = type(error).__name__
        except requests.RequestException as error:
            raise _NotNowError(f"the API cannot be reached ({type(error).__name__})") from None
        # Not chained: what requests says holds the address with its query.
        return self._refuse(f"the API cannot be asked ({reason})", request, "check the connection's url and headers")

    def _answer(self, response: requests.Response, request: Request) -> Answer:
        status = response.status_code
        if status in _AGAIN:
            raise _NotNowError(f"the API answered {status}", _wait_of(response.headers.get("Retry-After")))
        if status == _NO_CONTENT:
            return Answer(b"")
        if status in _REDIRECTS:
            self._refuse(
                f"the API answered {status}, a redirection", request, "set the connection's url to where it leads"
            )
        if status != _OK:
            self._refuse(
                f"the API answered {status}", request, _REASONS.get(status, "check the parameters that are declared")
            )
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > MOST_BYTES:
                self._refuse(
                    f"a page has more than {MOST_BYTES // 1024**2} MiB", request, "ask for smaller pages (size=)"
                )
        told = response.headers.get("Content-Length", "")
        if told.isdecimal() and response.raw.tell() != int(told):
            raise _NotNowError("the answer broke off")
        return Answer(bytes(body), response.links.get("next", {}).get("url"))

    def _refuse(self, what: str, request: Request, hint: str, *, retryable: bool = False) -> NoReturn:
        where = f"{self._label}, GET {request.path}"
        raise SourceError(what, where=where, hint=hint, retryable=retryable) from None


def without_parameters(url: str, names: Collection[str]) -> str:
    """Return an address without some query parameters; the others stay as they are written.

    Args:
        url: The address, such as a link to a next page that repeats what was asked.
        names: The parameters.
    """
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if unquote_plus(pair.partition("=")[0]) not in names]
    return parts._replace(query="&".join(kept)).geturl()


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _joined(url: str, link: str) -> str:
    """Return where a link of an answer leads; nowhere, if it is no address. What Python says of it may quote it."""
    try:
        return urljoin(url, link)
    except ValueError:
        return ""


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port of an address; a port that is no number is none of ours."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return parts.scheme, None, -1
    return parts.scheme, parts.hostname, port or {"https": 443, "http": 80}.get(parts.scheme)


def _wait_of(retry_after: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header asks for; None where it says nothing that can be read."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(tz=timezone.utc)).total_seconds())
