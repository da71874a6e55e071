"""A proxy between a client and an S3 that breaks off, refuses or stalls at the request it is told to."""

from __future__ import annotations

import re
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind: TypeAlias = Literal["refused", "busy", "reset", "lost", "stalled", "cut"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_STATUS = {"refused": (500, "InternalError"), "busy": (503, "SlowDown")}
_NOT_PASSED_ON = {"connection", "content-length", "date", "server", "transfer-encoding"}


@dataclass
class Faults:
    """What goes wrong.

    Attributes:
        kind: `refused` (500), `busy` (503), `reset` (the connection breaks before S3 hears of the request), `lost` (it
            breaks when S3 has done what was asked), `stalled` (S3 has done it and no answer comes), `cut` (half of the
            answer's body).
        at: The first request that it happens to, from 1; 0 for none.
        times: How many requests it happens to.
        asked: Requests so far.
        about: What the requests that it happens to look like, such as `PUT .*/events/`; all do where it is empty.
        met: Requests so far that look so.
    """

    kind: Kind = "refused"
    at: int = 0
    times: int = 1
    asked: int = 0
    about: str = ""
    met: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def next(self, request: str) -> Kind | None:
        """Return what happens to the next request, which is told as its method and path."""
        with self.turn:
            self.asked += 1
            if not re.search(self.about, request):
                return None
            self.met += 1
            return self.kind if self.at and self.at <= self.met < self.at + self.times else None

    def reset(self, kind: Kind = "refused", at: int = 0, times: int = 1, about: str = "") -> None:
        """Count requests from now on."""
        self.kind, self.at, self.times, self.about = kind, at, times, about
        self.asked = self.met = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: str
    faults: Faults

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.faults.next(f"{self.command} {self.path}")
        if fault in _STATUS:
            self._refuse(*_STATUS[fault])
            return
        if fault == "reset":
            self._break_off()
            return
        connection = HTTPConnection(self.upstream, timeout=30)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            self._answer(answer, answer.read(), fault)
        finally:
            connection.close()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _handle  # noqa: N815 - named by http.server

    def _answer(self, answer: HTTPResponse, body: bytes, fault: Kind | None) -> None:
        if fault in {"lost", "stalled"}:
            if fault == "stalled":
                self.faults.released.wait(60)
            self._break_off()
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _NOT_PASSED_ON:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length or "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
        if fault == "cut":
            self.wfile.flush()
            self._break_off()

    def _refuse(self, status: int, code: str) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _break_off(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def finish(self) -> None:
        if self.connection.fileno() >= 0:
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # connections are broken on purpose

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket) and request.fileno() >= 0:
            super().shutdown_request(request)


@contextmanager
def faulty_proxy(endpoint: str) -> Iterator[tuple[str, Faults]]:
    """Yield the address of a proxy in front of an end point, and what goes wrong there."""
    faults = Faults()
    handler = type("Handler", (_Handler,), {"upstream": urlsplit(endpoint).netloc, "faults": faults})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", faults
    finally:
        faults.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
