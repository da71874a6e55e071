"""A real receiver of events on this machine, well or ill as a test wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest
from tests.http_receiver import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.http_receiver import ReceiverDouble

Open: TypeAlias = "Callable[..., AbstractContextManager[ReceiverDouble]]"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that runs a receiver in a mood, on a port of choice, for the length of a block."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return opened
