"""Receivers of messages that do not behave."""

from __future__ import annotations

import threading

from tidegate.dispatch.port import Answer


class Hanging:
    """Takes messages only once it is closed."""

    def __init__(self) -> None:
        self.asked, self._is_over = threading.Event(), threading.Event()

    def send(self, _text: str) -> Answer:
        self.asked.set()
        self._is_over.wait()
        return Answer("taken")

    def close(self) -> None:
        self._is_over.set()
