"""How Spark's Java process is begun: it prints nothing to standard output, and is not told to stop behind our back."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Here(threading.local):
    """Whether this thread is starting Java."""

    is_launching = False


_here = _Here()


@contextmanager
def launching() -> Iterator[None]:
    """Let a Java process that is started within print to standard error only, and ignore SIGTERM.

    Who asks for an end often asks all processes of a group, as systemd and `timeout` do: Java would be gone before the
    run that needs it has come to its end. Java still ends with this process, whose pipe it reads.
    """
    _register()
    _here.is_launching = True
    try:
        with _output_as_errors():
            yield
    finally:
        _here.is_launching = False


@cache
def _register() -> None:
    os.register_at_fork(after_in_child=_ignore_termination)


def _ignore_termination() -> None:
    if _here.is_launching:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


@contextmanager
def _output_as_errors() -> Iterator[None]:
    """Let a process that is started within print to standard error what it means for standard output.

    Delta's VACUUM prints a line there, in the middle of the one JSON document that a command with `--json` prints.
    """
    try:
        output = os.dup(1)
    except OSError:  # there is no standard output to keep clean
        yield
        return
    sys.stdout.flush()
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(output, 1)
        os.close(output)
