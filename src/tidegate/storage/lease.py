"""At most one holder at a time: a lease in the lake, which expires when its holder is gone.

A lease is a row of files, `<number>.json` in a folder. Who writes the next number, exclusively, holds the lease; the
holder writes its file again and again, and marks it when it is done. All times that are compared are those that the
store gives its files, so that no clock of two machines is held against another. A holder that could not write for as
long as the lease lasts, by its own clock, stops by itself: nobody else can have the lease before.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import AlreadyExistsError, MissingFileError, PipelineBusyError, RunStoppedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tidegate.errors import TidegateError

_log = logging.getLogger("tidegate.storage")

_SUFFIX = ".json"
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps
_BEATS = 3  # how often a lease is renewed within the time that it lasts
_KEPT = 2  # numbers that stay: the newest, and the one before it


def _elapsed() -> float:
    return time.clock_gettime(_CLOCK)


@dataclass(frozen=True)
class Terms:
    """How leases are held.

    Attributes:
        seconds: How long a lease lasts that is not renewed.
        wait_seconds: How long to wait for another run to end; 0 refuses at once.
        slack_seconds: How much longer others wait than the lease lasts: stores round times, and clocks drift.
        clock: Returns seconds that only grow, by this machine.
        pause: Waits for a number of seconds.
        what: What others are told is going on.
    """

    seconds: float = 60.0
    wait_seconds: float = 0.0
    slack_seconds: float = 2.0
    clock: Callable[[], float] = _elapsed
    pause: Callable[[float], object] = time.sleep
    what: str = "the pipeline is run"


@dataclass
class Lease:
    """A lease that is held.

    Attributes:
        folder: Where the leases of the pipeline are.
        number: Its number: a later one has taken over.
        run_id: The run that holds it.
        terms: How it is held.
    """

    folder: str
    number: int
    run_id: str
    terms: Terms
    _renewed: float = 0.0
    _lost: TidegateError | None = None
    _done: threading.Event = field(default_factory=threading.Event)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def stopped(self) -> TidegateError | None:
        """Return why the run may not go on: another run has the lease, or may have it by now; None where it may.

        Nothing is asked of the store while the lease is fresh.
        """
        if self._lost is None and self.terms.clock() - self._renewed >= self.terms.seconds:
            self.renew()
        return self._lost

    def renew(self) -> None:
        """Write the lease again, unless a later one is there. A store that does not answer may answer next time.

        One that has expired is not written again, because another run may be about to take over: the next number is
        taken, which only one of both can do.
        """
        with self._turn:
            if self._lost is not None or self._done.is_set():
                return
            begun = self.terms.clock()
            has_expired = begun - self._renewed >= self.terms.seconds
            try:
                if newest(self.folder) != self.number:
                    self._lost = _taken_over(self.folder)
                    return
                if has_expired:
                    storage.write_new(_file(self.folder, self.number + 1), _content(self.run_id))
                    self.number += 1
                else:
                    storage.replace(_file(self.folder, self.number), _content(self.run_id))
                self._renewed = begun
            except StorageError as error:
                _log.warning("the lease at %s cannot be renewed: %s", self.folder, error.what)
                if has_expired:
                    self._lost = _taken_over(self.folder)

    def keep(self) -> None:
        """Renew the lease in the background until it is released."""
        threading.Thread(target=self._beat, name="tidegate-lease", daemon=True).start()

    def release(self) -> None:
        """Let the next run have the lease at once."""
        self._done.set()
        with self._turn:
            if self._lost is not None:
                return
            try:
                if newest(self.folder) == self.number:
                    storage.replace(_file(self.folder, self.number), _content(self.run_id, is_released=True))
            except StorageError as error:
                _log.warning("the lease at %s cannot be released, and expires: %s", self.folder, error.what)

    def _beat(self) -> None:
        while not self._done.wait(self.terms.seconds / _BEATS) and self._lost is None:
            self.renew()


def acquire(folder: str, run_id: str, terms: Terms) -> Lease:
    """Return the lease of a pipeline, once no other run has it.

    Args:
        folder: Where the leases of the pipeline are.
        run_id: The run that wants it.
        terms: How it is held, and how long to wait.

    Raises:
        PipelineBusyError: Another run has it, and still had it when the time to wait was up.
        StorageError: The lake does not answer.
    """
    start, is_told = terms.clock(), False
    while True:
        found = _try(folder, run_id, terms)
        if isinstance(found, Lease):
            return found
        left = terms.wait_seconds - (terms.clock() - start)
        if left <= 0:
            raise found
        if not is_told:
            is_told = True
            _log.warning("waiting up to %.0f s: %s", left, found.what)
        terms.pause(min(left, max(terms.seconds / 10, 0.05)))


def newest(folder: str) -> int:
    """Return the number of the newest lease; 0 where there never was one."""
    return max(_numbers(folder), default=0)


def _try(folder: str, run_id: str, terms: Terms) -> Lease | PipelineBusyError:
    """Return the lease, or who has it."""
    held = newest(folder)
    if held:
        holder = _holder(folder, held, terms)
        if holder is not None:
            return _busy(folder, holder, terms)
    begun = terms.clock()
    try:
        storage.write_new(_file(folder, held + 1), _content(run_id))
    except AlreadyExistsError:
        return _busy(folder, "another run, which came first", terms)
    if newest(folder) != held + 1:  # this look was so old that numbers had been removed meanwhile
        storage.delete(_file(folder, held + 1))
        return _busy(folder, "another run, which came first", terms)
    for old in _numbers(folder):
        if old <= held + 1 - _KEPT:
            storage.delete(_file(folder, old))
    return Lease(folder, held + 1, run_id, terms, begun)


def _holder(folder: str, number: int, terms: Terms) -> str | None:
    """Return the run that has a lease; None where it has released it, or has not been seen for as long as it lasts."""
    try:
        known = json.loads(storage.read_bytes(_file(folder, number)))
    except MissingFileError:
        return "another run, which came first"
    except ValueError:
        known = {}
    if known.get("released"):
        return None
    infos = storage.list_files(_file(folder, number))
    if not infos:
        return "another run, which came first"
    seconds = (_now_of(folder) - infos[0].modified_at).total_seconds()
    if seconds >= terms.seconds + terms.slack_seconds:
        return None
    return f"run {known.get('run_id')}, seen {max(seconds, 0):.0f} s ago"


def _now_of(folder: str) -> datetime:
    """Return the time by the clock that the store gives its files' times by."""
    probe = storage.join(folder, f"probe-{uuid.uuid4().hex}")
    storage.write_new(probe, b"{}")
    try:
        (info,) = storage.list_files(probe)
    finally:
        storage.delete(probe)
    return info.modified_at


def _numbers(folder: str) -> list[int]:
    names = (name.removesuffix(_SUFFIX) for name in storage.list_names(folder) if name.endswith(_SUFFIX))
    return [int(name) for name in names if name.isdecimal()]


def _file(folder: str, number: int) -> str:
    return storage.join(folder, f"{number:020d}{_SUFFIX}")


def _content(run_id: str, *, is_released: bool = False) -> bytes:
    return json.dumps({"run_id": run_id, "released": is_released, "beat": uuid.uuid4().hex}).encode()


def _busy(folder: str, holder: str, terms: Terms) -> PipelineBusyError:
    return PipelineBusyError(
        f"{terms.what} already, by {holder}",
        where=folder,
        hint="wait until it has ended (run.when_running: wait does); of a run that was killed the lease expires",
    )


def _taken_over(folder: str) -> RunStoppedError:
    return RunStoppedError(
        "the run was silent for longer than its lease lasts, and another may have taken over",
        where=folder,
        hint="nothing is lost: look at the other run (tidegate runs), and run again",
    )
