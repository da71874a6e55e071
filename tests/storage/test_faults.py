"""A store that fails, breaks off or stalls: a batch is in the log once, or there is one error that says why not."""

from __future__ import annotations

import itertools
import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.storage.faulty_proxy import KINDS
from tests.tables.batches import commit

from tidegate import storage
from tidegate.errors import StorageError
from tidegate.tables import manifests
from tidegate.tables.manifests import DataFile, Manifest, ManifestLog, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.storage.faulty_proxy import Faults, Kind

pytestmark = pytest.mark.integration

BATCHES = 3
# A run of all batches asks this often when nothing goes wrong, and a little more.
REQUESTS = 32
numbers = itertools.count()


@pytest.fixture(autouse=True)
def _few_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "CHECKPOINT_EVERY", 2)


def publish_all(table: str) -> State:
    """Publish what is not in the log yet, the way a Parquet table does, and return what readers then see."""
    log = ManifestLog(table)
    application = commit(1).token.application
    for number in range(1, BATCHES + 1):
        before = log.version()
        last = log.last_commit(application) if before else None
        if last and last.token.batch >= number:
            continue
        file = storage.join(table, f"data/{number}-{uuid.uuid4().hex}/rows.parquet")
        storage.write_new(file, b"rows")
        (written,) = storage.list_files(file.rpartition("/")[0], suffix=".parquet")
        facts = commit(number, files=(f"{number}.csv",)).to_json()
        log.append(Manifest((before or 0) + 1, "{}", (DataFile("rows", written.size),), 10, facts=facts))
    return log.state(log.version() or 0)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(kind=st.sampled_from(KINDS), at=st.integers(1, REQUESTS), times=st.sampled_from([1, 1, 1, 5]))
@example(kind="stalled", at=6, times=8)
@example(kind="lost", at=6, times=1)
@example(kind="cut", at=20, times=8)
def test_a_batch_is_in_the_log_once_whatever_the_store_did(
    faults: Faults, s3_bucket: str, kind: Kind, at: int, times: int
) -> None:
    table = f"s3://{s3_bucket}/table{next(numbers)}"
    faults.reset(kind, at, times)
    try:
        publish_all(table)
    except StorageError as error:  # whether it fails is the store's affair
        assert error.retryable, error  # noqa: PT017
        assert "s3://" in str(error)  # noqa: PT017
    faults.reset()
    state = publish_all(table)
    assert (state.sequence, state.rows, len(state.files)) == (BATCHES, 10 * BATCHES, BATCHES)
    assert state.files_read == {commit(1).token.application: tuple(f"{n}.csv" for n in range(1, BATCHES + 1))}
    assert faults.asked <= REQUESTS


OPERATIONS: dict[str, Callable[[str], object]] = {
    "read": lambda uri: storage.read_bytes(f"{uri}/a"),
    "list": storage.list_files,
    "names": storage.list_names,
    "exists": lambda uri: storage.exists(f"{uri}/a"),
    "replace": lambda uri: storage.replace(f"{uri}/a", b"0" * 1000),
    "write": lambda uri: storage.write_new(f"{uri}/{uuid.uuid4().hex}", b"0"),
    "delete": lambda uri: storage.delete(f"{uri}/none"),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_store_that_keeps_failing_is_an_error_that_says_so(faults: Faults, s3_bucket: str, name: str) -> None:
    uri = f"s3://{s3_bucket}/folder"
    storage.replace(f"{uri}/a", b"0" * 1000)
    for kind in ("busy", "reset"):
        faults.reset(kind, at=1, times=1000)
        with pytest.raises(StorageError, match="cannot be") as caught:
            OPERATIONS[name](uri)
        assert caught.value.retryable
    faults.reset("busy", at=1)
    OPERATIONS[name](uri)
