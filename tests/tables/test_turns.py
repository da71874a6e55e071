"""Drivers commit to a table in turns where the store cannot tell who came first, and nobody waits anywhere else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.config.conftest import configuration

from tidegate import storage
from tidegate.config.sections.storage import StorageSettings
from tidegate.errors import ConcurrentWriteError
from tidegate.factory.places import exclusive_formats, table_places
from tidegate.model.names import TableName
from tidegate.platforms.detection import platform_named
from tidegate.storage.lease import Terms, acquire
from tidegate.tables.catalog import Catalog, Place, plain
from tidegate.tables.turns import TakingTurns, Turns, in_turn, turns_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.config.conftest import Configuration

__all__ = ["configuration"]

TABLE, OTHER = TableName("silver", "orders"), TableName("silver", "lines")
QUICK = Terms(0.5, 30.0, slack_seconds=0.2)


@dataclass
class Worker:
    """Commits, and knows how many commits there were at a time."""

    busy: int = 0
    most: int = 0
    done: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def restore(self, table: TableName, version: int | None) -> str:
        with self.lock:
            self.busy += 1
            self.most = max(self.most, self.busy)
        threading.Event().wait(0.05)
        with self.lock:
            self.busy -= 1
            self.done.append(f"{table}@{version}")
        return "restored"

    def read(self, table: TableName) -> str:
        return f"rows of {table}"


def test_commits_to_one_table_come_one_after_the_other(tmp_path: Path) -> None:
    worker = Worker()
    drivers = [in_turn(worker, Turns(str(tmp_path), QUICK)) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(lambda driver: driver.restore(TABLE, version=1), drivers)) == {"restored"}
    assert (worker.most, worker.done) == (1, [f"{TABLE}@1"] * 4)


def test_commits_to_two_tables_do_not_wait_for_each_other(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path), Terms(60, 0))
    with turns.at(TABLE), turns.at(OTHER):
        pass


def test_what_commits_nothing_does_not_wait(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path), Terms(60, 0))
    with turns.at(TABLE):
        assert in_turn(Worker(), turns).read(TABLE) == f"rows of {TABLE}"


def test_a_turn_is_over_also_when_the_commit_fails(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path), Terms(60, 0))
    with pytest.raises(ZeroDivisionError), turns.at(TABLE):
        raise ZeroDivisionError
    with turns.at(TABLE):
        pass


def test_a_driver_that_never_ends_is_named_to_the_others(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path), Terms(60, 0))
    with turns.at(TABLE), pytest.raises(ConcurrentWriteError, match="committing for too long") as error:
        in_turn(Worker(), turns).restore(TABLE, 1)
    assert error.value.retryable
    assert str(tmp_path) in (error.value.hint or "")


def test_a_driver_that_has_died_holds_nobody_up_for_long(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path), QUICK)
    acquire(storage.join(str(tmp_path), "_tidegate", "turns", TABLE.dataset), "dead", QUICK)
    with turns.at(TABLE):
        pass


def test_a_driver_that_lost_its_turn_meanwhile_offers_its_batch_again(tmp_path: Path) -> None:
    now = [0.0]
    turns = Turns(str(tmp_path), Terms(1000.0, 0.0, clock=lambda: now[0]))
    folder = storage.join(str(tmp_path), "_tidegate", "turns", TABLE.dataset)

    class Stalled(Worker):
        def restore(self, table: TableName, version: int | None) -> str:
            now[0] = 1001.0
            storage.write_new(storage.join(folder, f"{2:020d}.json"), b"{}")
            return super().restore(table, version)

    with pytest.raises(ConcurrentWriteError, match="was silent"):
        in_turn(Stalled(), turns).restore(TABLE, 1)


def test_only_what_lies_in_s3_and_excludes_nobody_itself_takes_turns() -> None:
    layers = {"bronze": "parquet", "silver": "delta", "gold": "iceberg"}

    def taking(root: str, exclusive: frozenset[str] = frozenset(), **iceberg: str) -> set[str]:
        written = {
            "root": root,
            "layers": {name: {"format": kind} for name, kind in layers.items()},
            "iceberg": iceberg,
        }
        places = table_places(StorageSettings.model_validate(written), {}, exclusive)
        return {name for name, place in places.items() if place.takes_turns}

    assert taking("/mnt/lake") == taking("file:///mnt/lake") == set()
    assert taking("s3://bucket/lake") == taking("s3a://bucket/lake") == {"silver", "gold"}
    assert taking("s3://bucket/lake", type="rest", uri="https://catalog.example.com") == {"silver"}
    assert taking("s3://bucket/lake", frozenset({"delta"})) == {"gold"}


@pytest.mark.parametrize(
    ("platform", "conf", "formats"),
    [
        ("local", {}, set()),
        ("emr", {}, set()),
        ("databricks", {}, {"delta"}),
        ("glue", {"spark.delta.logStore.s3.impl": "io.delta.storage.S3DynamoDBLogStore"}, {"delta"}),
    ],
)
def test_a_platform_or_a_log_store_may_exclude_others_itself(
    configuration: Configuration, platform: str, conf: dict[str, str], formats: set[str]
) -> None:
    settings = configuration.load(*(f"spark.conf.{key}={value}" for key, value in conf.items()))
    assert exclusive_formats(settings, platform_named(platform, {})) == formats


def test_the_store_of_a_layer_takes_turns_below_the_late_rows_and_is_found_again(tmp_path: Path) -> None:
    place = Place("delta", str(tmp_path), takes_turns=True)
    store = Catalog({"silver": place}, pytest.fail).store(TABLE)
    assert turns_of(store).layer == str(tmp_path)
    assert not isinstance(plain(store), TakingTurns)
    assert plain(store).location(TABLE) == store.location(TABLE) == f"{tmp_path}/orders"
    assert turns_of(Catalog({"silver": Place("delta", str(tmp_path))}, pytest.fail).store(TABLE)).layer is None
