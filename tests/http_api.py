"""An HTTP API over real sockets, which holds records, hands them out in pages, and fails as it is told to."""

from __future__ import annotations

import json
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Record: TypeAlias = "dict[str, object]"


@dataclass(frozen=True)
class Fault:
    """What an answer is instead of a page.

    Attributes:
        status: Its status.
        headers: Its headers.
        body: Its content; None for the page that was asked for.
        cut: Whether the connection breaks in the middle of the content.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    cut: bool = False


@dataclass
class Asked:
    """A request that was made."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    query: str = ""


@dataclass
class HttpApi:
    """The API. Its records are in the order of `order`, and those of `since` and later are given.

    Attributes:
        records: What it holds.
        paging: How it pages: see `Paging`.
        size: Records of a page, unless `limit` asks for fewer.
        column: The records' cursor.
        is_exclusive: Whether `since` itself is left out.
        faults: What the next answers are; afterwards pages.
        before_page: Called before each page is made, with the number of pages before it.
        asked: The requests that were made.
    """

    records: list[Record] = field(default_factory=list, repr=False)
    paging: Literal["page", "offset", "token", "link", "header", "none"] = "offset"
    size: int = 3
    column: str = "at"
    is_exclusive: bool = False
    faults: deque[Fault] = field(default_factory=deque)
    before_page: Callable[[int], None] = lambda _: None
    asked: list[Asked] = field(default_factory=list, repr=False)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def answer(self, path: str, parameters: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
        """Return headers and content of a page."""
        self.before_page(len(self.asked) - 1)
        wanted = sorted(self.records, key=lambda record: self._rank(record[self.column]))
        since = parameters.get("since")
        if since is not None:
            low = self._rank(since)
            wanted = [
                one
                for one in wanted
                if (rank := self._rank(one[self.column])) > low or (rank == low and not self.is_exclusive)
            ]
        size = min(self.size, int(parameters.get("limit", self.size)))
        start = self._start(parameters, size)
        items = wanted if self.paging == "none" else wanted[start : start + size]
        has_more = start + size < len(wanted)
        following = {**parameters, "cursor": str(start + size)}
        page: dict[str, object] = {"data": {"items": items}}
        headers = {}
        if has_more and self.paging == "token":
            page["next"] = str(start + size)
        if has_more and self.paging == "link":
            page["next"] = f"{path}?{urlencode(following)}"
        if has_more and self.paging == "header":
            headers["Link"] = f'<{path}?{urlencode(following)}>; rel="next", <{path}>; rel="first"'
        return headers, json.dumps(page).encode()

    def _start(self, parameters: Mapping[str, str], size: int) -> int:
        if self.paging == "page":
            return (int(parameters["page"]) - 1) * size
        return int(parameters["offset"] if self.paging == "offset" else parameters.get("cursor", "0"))

    @staticmethod
    def _rank(value: object) -> tuple[int, str]:
        """Return what orders values: numbers by their size, moments, written alike, as texts."""
        text = str(value)
        return (int(text), "") if text.lstrip("-").isdecimal() else (0, text)


@contextmanager
def http_api(**fields: object) -> Iterator[HttpApi]:
    """Yield an API that answers on a free port of this machine."""
    api = HttpApi(**fields)  # type: ignore[arg-type]
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    api.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(api: HttpApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and content in one packet

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()), parts.query)
            api.asked.append(asked)
            fault = api.faults.popleft() if api.faults else Fault()
            headers: dict[str, str] = {}
            body = fault.body
            if body is None:
                headers, body = api.answer(parts.path, asked.parameters)
            self.send_response(fault.status)
            for name, value in {**headers, **dict(fault.headers)}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault.cut else body)
            if fault.cut:
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name it has there
            """Say nothing."""

    return Handler
