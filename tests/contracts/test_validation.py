"""Rows held against a contract by themselves, against a model in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from itertools import product
from typing import TYPE_CHECKING

import pytest
from tests.contracts.frames import contract

from tidegate.contracts.personal import is_confidential, may_be_shown
from tidegate.contracts.schemas import spark_schema
from tidegate.contracts.validation import Look, examine
from tidegate.errors import ContractError
from tidegate.model.contracts import Column, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

Row = tuple[int | None, str | None, int | None, str | None]

NOW = datetime(2024, 1, 10, tzinfo=timezone.utc)
COLUMNS = {"id": "int", "name": "string", "age": "int", "city": "string"}
RULES = (
    Rule("id_is_there", "not_null", ("id",)),
    Rule("name_is_short", "length", ("name",), (("max", 3),)),
    Rule("age_is_plausible", "between", ("age",), (("max", 150), ("min", 0)), severity="warn"),
    Rule("city_is_known", "accepted_values", ("city",), (("values", ("Bern", "Basel")),), severity="warn"),
    Rule("few", "row_count", (), (("max", 1_000),), scope="batch"),
)
LACKING = (
    Rule("usual", "row_count_history", (), (("max_difference", 0),), scope="batch"),
    Rule("odd", "outlier", ("age",), (("by", "mad"), ("max", 3))),
)
ROWS: list[Row] = [
    (None if number % 7 == 0 else number // 2, *cells)
    for number, cells in enumerate(product(["ann", None, "secret"], [5, None, 151], ["Bern", "x" * 90, None]))
]
FAILS: dict[str, Callable[[Row], bool]] = {
    "id_is_there": lambda row: row[0] is None,
    "name_is_short": lambda row: row[1] is not None and len(row[1]) > 3,
    "age_is_plausible": lambda row: row[2] is not None and not 0 <= row[2] <= 150,
    "city_is_known": lambda row: row[3] is not None and row[3] not in {"Bern", "Basel"},
}


@pytest.mark.spark
def test_every_rule_is_counted_and_shown_by_rows_that_failed_it_and_no_other(spark: SparkSession) -> None:
    made = contract(COLUMNS, (*RULES, *LACKING), key=("id",))
    columns = tuple(
        Column(column.name, column.type, classification="restricted" if column.name == "name" else None)
        for column in made.columns
    )
    made = type(made)(made.table, made.version, columns, made.rules, made.primary_key)
    rows = spark.createDataFrame(ROWS, spark_schema(made))
    found = examine(rows, made, references={}, now=NOW, look=Look(examples=2))
    by_id = {finding.result.id: finding for finding in found.findings}
    failed = {name: sum(map(fails, ROWS)) for name, fails in FAILS.items()}
    failed["id_is_primary_key"] = len(ROWS) - failed["id_is_there"] - len({row[0] for row in ROWS} - {None})
    assert {name: finding.result.failed for name, finding in by_id.items()} == failed | dict.fromkeys(
        ("few", "usual", "odd"), 0
    )
    assert {name for name, finding in by_id.items() if finding.result.status == "unchecked"} == {"usual", "odd"}
    assert not by_id["few"].is_about_rows
    for name, fails in FAILS.items():
        examples = by_id[name].examples
        assert len(examples) == min(2, failed[name])
        column = name.partition("_")[0]
        values = [{cell.column: cell for cell in example} for example in examples]
        assert all(list(cells) == (["id"] if column == "id" else ["id", column]) for cells in values)
        if column == "name":
            assert {(cells["name"].text, cells["name"].is_masked) for cells in values} == {(None, True)}
            continue
        place = list(COLUMNS).index(column)
        shown = {str(row[place]) if row[place] is not None else None for row in ROWS if fails(row)}
        cut = {text if text is None or len(text) <= 80 else f"{text[:80]}…" for text in shown}
        assert {cells[column].text for cells in values} <= cut
    taken = {example[0].text for example in by_id["id_is_primary_key"].examples}
    twice = {str(value) for value, count in Counter(row[0] for row in ROWS).items() if value is not None and count > 1}
    assert len(taken) == 2
    assert taken <= twice
    assert "secret" not in repr(found)
    assert examine(rows, made, references={}, now=NOW).verdict == found.verdict


@pytest.mark.spark
def test_a_sample_takes_all_rows_of_a_key_or_none_and_says_nothing_about_the_whole(spark: SparkSession) -> None:
    made = contract({"id": "int", "name": "string"}, (RULES[0], RULES[4]), key=("id",))
    keys = [*(number % 200 for number in range(600)), *[None] * 200]
    rows = spark.createDataFrame([(key, None) for key in keys], "id int, name string")
    found = examine(rows, made, references={}, now=NOW, look=Look(0.5))
    taken, nulls = found.findings[1].result, found.findings[0].result
    assert [rule.id for rule in found.unchecked] == ["few"]
    assert taken.failed == (found.verdict.rows - nulls.failed) // 3 * 2
    assert 50 < taken.failed // 2 < 150
    assert 50 < nulls.failed < 150, "rows without a key are drawn one by one"
    for limit, is_refused in ((400, False), (150, True)):
        limited = contract({"id": "int", "name": "string"}, [Rule("a", "not_null", ("id",), max_failed=limit)])
        part = examine(rows, limited, references={}, now=NOW, look=Look(0.6))
        assert part.verdict.is_refused == is_refused, "of a sample fewer rows may fail"
    with pytest.raises(ContractError, match="no rule"):
        examine(rows, contract({"id": "int", "name": "string"}, [RULES[4]]), references={}, now=NOW, look=Look(0.5))


@pytest.mark.parametrize(
    ("column", "is_shown"),
    [
        (Column("a", "int"), True),
        (Column("a", "int", classification="public"), True),
        (Column("a", "int", classification=" Public "), True),
        (Column("a", "int", classification="pii"), False),
        (Column("a", "int", classification="whatever people say"), False),
        (Column("a", "int", classification="public", tags=("PII",)), False),
        (Column("a", "int", tags=("finance",)), True),
        (Column("a", "array<string>"), False),
        (Column("a", "struct<mail:string>"), False),
        (Column("a", "map<string,int>"), False),
        (Column("a", "binary"), False),
    ],
)
def test_only_single_values_that_nobody_classified_are_shown(column: Column, *, is_shown: bool) -> None:
    assert may_be_shown(column) == is_shown
    assert is_confidential(column) <= (not is_shown)
