"""A real receiver of messages over HTTP on this machine, well or ill as a test wants it."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Mood: TypeAlias = "Literal['well', 'hanging', 'dripping'] | int"


class ReceiverDouble:
    """Keeps what it was sent and answers as its mood is: well, with a status, never, or byte by byte without an end."""

    def __init__(self, port: int, mood: Mood) -> None:
        self.mood = mood
        self.taken: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.requests = 0
        self._is_over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.requests += 1
                with suppress(OSError):
                    receiver._answer(self, body)

            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

    def _answer(self, request: BaseHTTPRequestHandler, body: str) -> None:
        if self.mood == "hanging":
            self._is_over.wait()
        elif self.mood == "dripping":
            request.send_response_only(200)
            while not self._is_over.wait(0.02):
                request.wfile.write(b"X-Drip: 1\r\n")
        else:
            status = 201 if self.mood == "well" else self.mood
            if status == 201:
                self.taken.append(body)
                self.headers.append(dict(request.headers))
                self.paths.append(request.path)
            request.send_response(status)
            if status in range(300, 400):
                request.send_header("Location", f"{self.url}/elsewhere")
            request.send_header("Content-Length", "0")
            request.end_headers()


@contextmanager
def opened(mood: Mood = "well", port: int = 0) -> Iterator[ReceiverDouble]:
    """Run a receiver in a mood, on a port of choice, for the length of a block."""
    double = ReceiverDouble(port, mood)
    try:
        yield double
    finally:
        double.stop()
