"""What finding what is new costs: it follows what is new, and a long history does not show."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from pydantic import TypeAdapter
from tests.job.test_deliveries import NOON, context

from tidegate.job.base import SparkJob
from tidegate.job.plan import plan_job
from tidegate.model.commits import Commit, Token
from tidegate.model.declarations import Files, Output
from tidegate.model.modes import Append
from tidegate.storage.local import LocalStore
from tidegate.tables.manifests import CHECKPOINT_EVERY, DataFile, Manifest, State

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.storage.address import Address

BATCHES = 10_000
MOST_BYTES = 8 * 2**20


class Plain(SparkJob):
    """Orders as they arrive, file by file."""

    inputs = {"files": Files("orders", "jsonl")}
    output = Output("bronze.orders", Append())


@pytest.fixture
def long_history(tmp_path: Path) -> Path:
    """Return a lakehouse whose bronze table has 10,000 batches, of a file each, and one file that is new."""
    names = [f"day{number // 100}/{number}.jsonl" for number in range(BATCHES)]
    for name in (*names, "day100/new.jsonl"):
        file = tmp_path / "landing" / "orders" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"{}")
    folder = tmp_path / "bronze" / "orders" / "_manifests"
    folder.mkdir(parents=True)
    for number in range(1, BATCHES + 1):
        (folder / f"{number:020d}.json").touch()
    last = BATCHES - 1
    covered = last - last % CHECKPOINT_EVERY
    files = tuple(DataFile(f"data/{number}/rows.parquet", 100) for number in range(BATCHES))
    token = Token(Plain.name(), covered)
    read = tuple(sorted(f"{name}@2" for name in names[:covered]))
    state = State(
        covered,
        "{}",
        files[:covered],
        covered,
        {token.application: Commit(token, "r").to_json()},
        {token.application: read},
    )
    (folder / f"{covered:020d}.checkpoint.json").write_bytes(TypeAdapter(State).dump_json(state))
    for number in range(covered + 1, BATCHES + 1):
        commit = Commit(Token(Plain.name(), number), "r", files=(f"{names[number - 1]}@2",))
        manifest = Manifest(number, "{}", (files[number - 1],), 1, facts=commit.to_json())
        (folder / f"{number:020d}.json").write_bytes(TypeAdapter(Manifest).dump_json(manifest))
    return tmp_path


def test_a_file_is_found_among_ten_thousand_and_as_many_batches(
    long_history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only batches since the last checkpoint are read, and only what is new, and what was read, is kept in memory."""
    opened: list[str] = []
    read_bytes = LocalStore.read_bytes

    def recorded(store: LocalStore, address: Address) -> bytes:
        opened.append(address.path)
        return read_bytes(store, address)

    monkeypatch.setattr(LocalStore, "read_bytes", recorded)
    tracemalloc.start()
    try:
        plan = plan_job(Plain, context(long_history, NOON))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [file.path for file in plan.inputs[0].files] == ["day100/new.jsonl"]
    assert plan.token.batch == BATCHES + 1
    assert peak < MOST_BYTES
    assert 0 < len(opened) <= CHECKPOINT_EVERY + 2  # and the checkpoint, and the newest once more for the shape
    assert not [path for path in opened if "/_manifests/" not in path]
