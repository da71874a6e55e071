"""A large batch that is added to a table is settled after it was staged, and ends as a small one does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import contracts, frame, record

from tidegate.job import settling
from tidegate.job.base import SparkJob
from tidegate.job.plan import InputPlan, JobPlan
from tidegate.job.settling import LARGE_BYTES, LARGE_ROWS, is_settled_later
from tidegate.model.commits import Token
from tidegate.model.contracts import Rule
from tidegate.model.declarations import New, Output, Whole
from tidegate.model.modes import Append, Replace, Scd2, Upsert
from tidegate.tables.staging import FileStaging, MemoryStaging

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.model.modes import WriteMode
    from tidegate.testing import Sandbox

MERGED = Upsert(("order_id",), "updated_at")


def plan(*read: tuple[int | None, int | None], whole: int = 0) -> JobPlan:
    inputs = [
        InputPlan(f"new{at}", New("bronze.x"), until=1, rows=rows, bytes=size) for at, (rows, size) in enumerate(read)
    ]
    looked_up = InputPlan("whole", Whole("silver.y"), until=1, rows=whole, bytes=whole)
    return JobPlan(Token("job", 1), (*inputs, looked_up), is_due=True, version=None, last=None)


@pytest.mark.parametrize(
    ("read", "is_later"),
    [
        ([(LARGE_ROWS, 1)], True),
        ([(LARGE_ROWS - 1, LARGE_BYTES)], False),
        ([(LARGE_ROWS - 1, 1), (1, 1)], True),
        ([(None, LARGE_BYTES)], True),
        ([(None, LARGE_BYTES - 1)], False),
        ([(LARGE_ROWS, 1), (None, None)], False),
        ([(None, None)], False),
        ([], False),
    ],
)
def test_only_what_is_known_to_be_large_is_settled_later(
    read: list[tuple[int | None, int | None]], *, is_later: bool
) -> None:
    assert is_settled_later(plan(*read, whole=LARGE_BYTES), Append(), is_in_place=False) is is_later


@pytest.mark.parametrize("mode", [MERGED, Scd2(("order_id",), "updated_at")])
def test_rows_that_are_merged_are_settled_as_they_are_staged(mode: WriteMode) -> None:
    assert not is_settled_later(plan((LARGE_ROWS, 1)), mode, is_in_place=False)


def test_files_that_become_part_of_a_table_are_settled_as_they_are_written() -> None:
    assert is_settled_later(plan((LARGE_ROWS, 1)), Replace(), is_in_place=False)
    assert not is_settled_later(plan((LARGE_ROWS, 1)), Replace(), is_in_place=True)


class Added(SparkJob):
    """Every order as it came."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Append())


@pytest.mark.spark
@pytest.mark.parametrize("kind", ["files", "memory"])
def test_a_batch_ends_the_same_whichever_way_it_is_settled(
    spark: SparkSession,
    new_sandbox: Callable[..., Sandbox],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    (contract,) = contracts()
    unique = Rule("amount_is_unique", "unique", ("amount",), severity="warn", scope="batch")
    batches = [
        [record(1, 10), record(2, 20), record(3, 30)],  # nothing alike
        [record(1, 11), record(4, 40), record(4, 41), record(5, -1), record(5, 5), record(6, 5), record(None, 5)],
    ]
    found = []
    for at, least in enumerate([LARGE_ROWS, 0]):
        monkeypatch.setattr(settling, "LARGE_ROWS", least)
        staging = MemoryStaging() if kind == "memory" else FileStaging(str(tmp_path / str(at)), lambda: spark)
        sandbox = new_sandbox(contracts=(replace(contract, rules=(*contract.rules, unique)),))
        told = []
        for batch in batches:
            sandbox.arrive("bronze.orders", frame(spark, batch))
            report = sandbox.run(Added(), staging=staging)
            told.append((report.counts, dict(report.quarantined_by)))
        rows = sandbox.context.tables.store(Added.output.name).read(Added.output.name)
        kept = sorted((row["order_id"], row["amount"], str(row["_warnings"])) for row in rows.collect())
        found.append((told, kept))
        assert not [path for path in tmp_path.rglob("*.parquet") if "staging" in path.parts], "nothing is left behind"
    assert found[0] == found[1]
    (_, last), _ = found[1]
    assert (last[0].published, last[0].deduplicated, last[0].quarantined) == (3, 1, 3)
