"""How a process is told to stop, and what it does then: it ends what it is at, and goes no further."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidegate.errors import RunStoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from tidegate.errors import TidegateError

STOPPING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_to_stop(signals: Sequence[signal.Signals] = STOPPING) -> Iterator[threading.Event]:
    """Give what is set once the process gets one of some signals; told once more, it ends as ever.

    Only the main thread can be told: in another one it is never set.

    Args:
        signals: SIGTERM, by which schedulers and containers ask for an end, and Ctrl-C; or one of them.
    """
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = {number: signal.getsignal(number) for number in signals}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(_number: int, _frame: FrameType | None) -> None:
        told.set()
        restore()

    for number in before:
        signal.signal(number, note)
    try:
        yield told
    finally:
        restore()


@contextmanager
def terminable() -> Iterator[Callable[[], TidegateError | None]]:
    """Give what says why a run may not go on: somebody has sent SIGTERM; None until then.

    A process that is the first of its container would not notice at all, and any other would leave its lease and what
    it has staged behind.
    """
    with told_to_stop((signal.SIGTERM,)) as told:
        yield lambda: _terminated() if told.is_set() else None


def _terminated() -> TidegateError:
    return RunStoppedError(
        "the process was told to stop (SIGTERM)",
        hint="run it again, or a pipeline with --resume; what was published is in the tables, once",
    )
