"""An erased person is in no table, comes in by no way, and everybody else is as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import pytest
from deltalake import DeltaTable
from pyiceberg.table import StaticTable
from tests.job.privacy.lake import OTHER_KEY, Lake, contracts, data_files, files_with, raw_contracts, without
from tests.job.privacy.people import KEY, SCHEMA, People, person
from tests.job.shop import FILES

from tidegate.errors import ConcurrentWriteError, ConfigError, SelectionError
from tidegate.job.erasure.register import ErasureRegister
from tidegate.job.quarantine.fixing import fix
from tidegate.model.erasures import Erasure, Subject
from tidegate.model.names import TableName
from tidegate.model.replays import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.testing import Sandbox

pytestmark = pytest.mark.spark

GONE = Subject("person_id", "person-1")
FORMATS = [
    pytest.param({"bronze": "parquet", "silver": "delta"}, id="parquet-delta"),
    pytest.param(
        {"bronze": "parquet", "silver": "parquet", "quarantine": "delta"},
        id="parquet-parquet",
        marks=pytest.mark.default_line,
    ),
    pytest.param(
        {"bronze": "parquet", "silver": "iceberg", "quarantine": "iceberg"},
        id="iceberg",
        marks=pytest.mark.default_line,
    ),
]


def filled(new_sandbox: Callable[..., Sandbox], formats: dict[str, str]) -> Lake:
    """Return a lake in which person 1 came, changed, was refused and came with space around the name."""
    lake = Lake(new_sandbox({**FILES, **formats}, contracts=(*contracts(), *raw_contracts())))
    lake.take([person(1), person(2), person(3), person(1, "nobody")])
    spaced = person(4, "mine@b.example")._replace(person_id=" person-1 ")
    visits = [("v1", "person-1", 5), ("v2", "person-2", 6), ("v3", "x", 7)]
    lake.take([person(1, "new@b.example", version=1), person(2, "nobody"), spaced], visits)
    return lake


HOLDING = {
    "bronze.people",
    "bronze.visits",
    "quarantine.silver_people",
    "silver.people",
    "silver.visits",
}


def found_in(proof: Erasure) -> dict[str, int]:
    """Return how many rows were found per table."""
    return {one.table: one.found for one in proof.tables}


def current_files(root: Path) -> list[Path]:
    """Return the data files of the newest versions, whose every row counts, struck out or not."""
    found: list[Path] = []
    for place in (table for layer in ("bronze", "silver", "quarantine") for table in (root / layer).glob("*")):
        if (place / "_delta_log").exists():
            found += [Path(unquote(urlparse(uri).path)) for uri in DeltaTable(str(place)).file_uris()]
        elif (place / "metadata").exists():
            newest = max(place.glob("metadata/*.metadata.json"), key=lambda file: file.stat().st_mtime_ns)
            tasks = StaticTable.from_metadata(str(newest)).scan().plan_files()
            found += [Path(urlparse(task.file.file_path).path) for task in tasks]
        else:
            found += data_files(place)
    return found


@pytest.mark.parametrize("formats", FORMATS)
def test_an_erased_person_is_nowhere_and_everybody_else_is_as_before(
    new_sandbox: Callable[..., Sandbox], formats: dict[str, str], tmp_path: Path
) -> None:
    lake = filled(new_sandbox, formats)
    before, subject = lake.rows(), GONE.hashed(KEY)
    assert files_with(current_files(lake.sandbox.root), GONE.value)
    proof = lake.erasing.erase(subject)
    assert lake.rows() == without(before, GONE.value) != before
    assert files_with(current_files(lake.sandbox.root), GONE.value) == []
    assert {table for table, rows in found_in(proof).items() if rows} == HOLDING
    assert (proof.status, any(one.left for one in proof.tables)) == ("erased", False)
    assert any(one.old_files for one in proof.tables)

    done = lake.erasing.erase(subject, at_once=True)
    assert (done.status, found_in(done)) == ("complete", found_in(proof))
    assert files_with(data_files(tmp_path), GONE.value) == []
    assert list(lake.register.erasures()) == [done] == [Erasure.from_json(done.to_json())]
    assert GONE.value not in done.to_json()

    (again,) = lake.take([person(1, version=5), person(3, "third@b.example", version=5)])
    assert (again.counts.read, again.counts.erased, again.counts.published) == (2, 1, 1)
    assert subject.hash not in str(lake.sandbox.rows("silver.people"))


def test_a_stopped_erasure_is_taken_up_and_its_proof_counts_what_was_there(new_sandbox: Callable[..., Sandbox]) -> None:
    lake = Lake(new_sandbox({**FILES, "silver": "parquet"}, contracts=(*contracts(), *raw_contracts())))
    lake.take([person(1), person(2), person(1, "nobody")], [("v1", "person-1", 5), ("v2", "person-2", 6)])
    fix(People, lake.sandbox.context, Selection(), [("name", "'Mended'")], is_dry_run=False)
    before, subject = lake.rows(), GONE.hashed(KEY)
    planned = lake.erasing.planned(subject)
    assert (lake.rows(), lake.register.subjects()) == (before, frozenset())
    assert planned.of("quarantine.silver_people__actions")
    for steps in (1, 2, 6):  # killed while it writes down for the nth time how far it is

        class Stopping(ErasureRegister):
            """A register during whose nth entry the process dies."""

            left = steps

            def keep(self, erasure: Erasure) -> str:
                self.left -= 1
                if self.left < 0:
                    raise KeyboardInterrupt
                return super().keep(erasure)

        with pytest.raises(KeyboardInterrupt):
            replace(lake.erasing, register=Stopping(str(lake.sandbox.root))).erase(subject)
        assert next(iter(lake.register.erasures())).status == "begun"
        assert lake.register.subjects() == {subject}
    (proof,) = lake.erasing.finish()
    assert lake.rows() == without(before, GONE.value)
    assert found_in(proof) == found_in(planned)
    assert (proof.status, lake.erasing.finish()) == ("complete", ())


def test_neither_a_restore_nor_a_run_under_way_brings_a_person_back_and_a_deadline_is_kept(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    lake = Lake(new_sandbox(FILES, contracts=(*contracts(), *raw_contracts())))
    lake.take([person(1), person(2)])
    name, store = TableName.parse("silver.people"), lake.sandbox.context.tables.store(TableName.parse("silver.people"))
    version, subject = store.version(name), GONE.hashed(KEY)
    lake.erasing.erase(subject)
    left = lake.sandbox.rows("silver.people")
    store.restore(name, version)
    assert subject.hash in str(lake.sandbox.rows("silver.people"))
    lake.erasing.again(name)
    assert lake.sandbox.rows("silver.people") == left

    other = Subject("person_id", "person-3").hashed(KEY)
    lake.sandbox.arrive("bronze.people", spark.createDataFrame([person(3, version=9)], SCHEMA))
    seen = iter([frozenset({subject}), frozenset({subject, other})])
    report = People().execute(replace(lake.erasing.context, erased=lambda: next(seen)))
    assert report.error_type == ConcurrentWriteError.__name__
    assert lake.sandbox.rows("silver.people") == left

    (open_yet,) = lake.erasing.finish()
    assert open_yet.status == "erased"
    lake.register.keep(replace(open_yet, deadline="2024-01-01"))
    assert [one.status for one in lake.erasing.finish()] == ["complete"]
    assert files_with(data_files(tmp_path), GONE.value) == []


def test_what_cannot_be_done_is_said_before_anything_is(new_sandbox: Callable[..., Sandbox]) -> None:
    lake = Lake(new_sandbox(FILES, contracts=(*contracts(), *raw_contracts())))
    with pytest.raises(SelectionError, match="no contract has a column passport"):
        lake.erasing.erase(Subject("passport", "1").hashed(KEY))
    lake.erasing.erase(GONE.hashed(KEY))
    strange = replace(lake.erasing, context=replace(lake.erasing.context, privacy_key=lambda: OTHER_KEY))
    with pytest.raises(ConfigError, match="another privacy key"):
        strange.erase(GONE.hashed(OTHER_KEY))
    assert lake.register.subjects() == {GONE.hashed(KEY)}
