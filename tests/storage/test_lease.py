"""One run of a pipeline at a time: whoever comes second waits or is refused, and one that is gone is not waited for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate import storage
from tidegate.errors import AlreadyExistsError, PipelineBusyError, StorageError
from tidegate.storage.lease import Lease, Terms, acquire, newest

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 0.5  # a power of two: sums of it are exact


@dataclass
class Clock:
    """A machine's clock that a test moves."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.integration)])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "local":
        return f"{tmp_path}/lease"
    return f"s3://{request.getfixturevalue('s3_bucket')}/lake/{tmp_path.name}/lease"


def terms(wait: float = 0.0, **more: object) -> Terms:
    return Terms(SECONDS, wait, slack_seconds=0.0, **more)  # type: ignore[arg-type]


def test_the_second_run_is_refused_until_the_first_has_ended(folder: str) -> None:
    first = acquire(folder, "r1", Terms(60))
    with pytest.raises(PipelineBusyError, match="by run r1") as told:
        acquire(folder, "r2", Terms(60))
    assert told.value.retryable
    first.release()
    assert acquire(folder, "r2", Terms(60)).number == 2
    assert first.number == 1


def test_a_run_that_waits_begins_when_the_first_has_ended(folder: str) -> None:
    first = acquire(folder, "r1", Terms(60))
    threading.Timer(0.3, first.release).start()
    second = acquire(folder, "r2", Terms(60, 30, pause=lambda _: threading.Event().wait(0.05)))
    assert (second.run_id, second.stopped()) == ("r2", None)


def test_of_runs_that_begin_at_once_one_has_the_lease(folder: str) -> None:
    def attempt(number: int) -> Lease | None:
        try:
            return acquire(folder, f"r{number}", Terms(60))
        except PipelineBusyError:
            return None

    with ThreadPoolExecutor(6) as threads:
        held = [lease for lease in threads.map(attempt, range(6)) if lease]
    assert len(held) == 1


def test_a_run_that_was_killed_is_waited_for_only_as_long_as_its_lease_lasts(tmp_path: Path) -> None:
    acquire(f"{tmp_path}", "killed", terms())  # never renewed, never released
    with pytest.raises(PipelineBusyError):
        acquire(f"{tmp_path}", "r2", terms())
    second = acquire(f"{tmp_path}", "r2", terms(wait=30))
    assert second.number == 2


def test_a_lease_that_is_kept_does_not_expire(tmp_path: Path) -> None:
    first = acquire(f"{tmp_path}", "r1", Terms(SECONDS, slack_seconds=2))
    first.keep()
    with pytest.raises(PipelineBusyError):
        acquire(f"{tmp_path}", "r2", Terms(SECONDS, 3 * SECONDS, slack_seconds=2))
    assert first.stopped() is None
    first.release()


def test_a_holder_that_stalled_finds_that_another_has_taken_over(tmp_path: Path) -> None:
    clock = Clock()
    stalled = acquire(f"{tmp_path}", "stalled", terms(clock=clock))
    other = acquire(f"{tmp_path}", "other", terms(wait=30))
    assert stalled.stopped() is None  # its clock stood still, as that of a process that was suspended
    clock.now += SECONDS
    why = stalled.stopped()
    assert why is not None
    assert "taken over" in why.what
    assert other.stopped() is None
    stalled.release()
    with pytest.raises(PipelineBusyError):
        acquire(f"{tmp_path}", "third", Terms(60))


def test_a_holder_that_stalled_while_nobody_came_goes_on_under_a_new_number(tmp_path: Path) -> None:
    clock = Clock()
    holder = acquire(f"{tmp_path}", "r1", terms(clock=clock))
    clock.now += 10 * SECONDS
    assert holder.stopped() is None
    assert (holder.number, newest(f"{tmp_path}")) == (2, 2)


def test_a_holder_that_cannot_reach_the_lake_stops_when_its_lease_has_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    holder = acquire(f"{tmp_path}", "r1", terms(clock=clock))

    def silent(*_: object) -> None:
        raise StorageError("the store does not answer", retryable=True)

    monkeypatch.setattr(storage, "list_names", silent)
    clock.now += SECONDS / 2
    holder.renew()
    assert holder.stopped() is None
    clock.now += SECONDS
    assert holder.stopped() is not None


def test_a_look_that_is_older_than_the_leases_since_takes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, first = f"{tmp_path}", f"{1:020d}.json"
    for number in range(3):
        acquire(folder, f"r{number}", Terms(60)).release()
    holder = acquire(folder, "holder", Terms(60))
    (tmp_path / first).write_text('{"released": true}')  # as whoever looks had seen it
    real, looks = storage.list_names, iter([(first,)])
    monkeypatch.setattr(storage, "list_names", lambda uri: next(looks, None) or real(uri))
    with pytest.raises(PipelineBusyError):
        acquire(folder, "late", Terms(60))
    assert newest(folder) == holder.number == 4
    assert f"{2:020d}.json" not in storage.list_names(folder)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["acquire", "expire", "release", "renew"]), max_size=30))
def test_whatever_happens_one_run_at_most_may_go_on(moves: list[str]) -> None:
    """The store's time is the model's: a lease expires when the model says so, for its holder as for others."""
    folder, clock, held = f"memory-{id(moves)}", Clock(), list[Lease]()
    files: dict[str, bytes] = {}
    with pytest.MonkeyPatch.context() as patch:
        times: dict[str, float] = {}
        _in_memory(patch, files, times, clock)
        for number, move in enumerate(moves):
            _move(move, folder, f"r{number}", held, clock)
            assert sum(lease.stopped() is None for lease in held) <= 1


def _move(move: str, folder: str, run_id: str, held: list[Lease], clock: Clock) -> None:
    if move == "acquire":
        try:
            held.append(acquire(folder, run_id, terms(clock=clock)))
        except PipelineBusyError:
            assert any(lease.stopped() is None for lease in held)
    elif move == "expire":
        clock.now += SECONDS
    elif held and move == "release":
        held.pop(0).release()
    elif held:
        held[0].renew()


def _in_memory(patch: pytest.MonkeyPatch, files: dict[str, bytes], times: dict[str, float], clock: Clock) -> None:
    from datetime import datetime, timedelta, timezone  # noqa: PLC0415 - for this model alone

    epoch = datetime(2024, 1, 1, tzinfo=timezone.utc)

    def put(uri: str, data: bytes) -> None:
        files[uri], times[uri] = data, clock.now

    def put_new(uri: str, data: bytes) -> None:
        if uri in files:
            raise AlreadyExistsError("taken", where=uri)
        put(uri, data)

    def listed(uri: str) -> tuple[storage.FileInfo, ...]:
        return (storage.FileInfo(uri, 1, epoch + timedelta(seconds=times[uri])),) if uri in files else ()

    patch.setattr(storage, "replace", put)
    patch.setattr(storage, "write_new", put_new)
    patch.setattr(storage, "list_files", listed)
    patch.setattr(storage, "read_bytes", files.__getitem__)
    patch.setattr(storage, "delete", lambda uri: files.pop(uri, None))
    patch.setattr(storage, "list_names", lambda folder: [uri.rsplit("/", 1)[-1] for uri in files])
