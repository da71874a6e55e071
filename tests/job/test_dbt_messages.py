"""What dbt and Spark say is told short and without data values."""

from __future__ import annotations

import pytest

from tidegate.job.dbt.messages import cleaned

ANALYSIS = """Runtime Error in model daily (models/marts/daily.sql)
  [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column `x` cannot be resolved. Did you mean one of: [`y`]?; line 3 pos 7;
  'Project [id#1L, 'x]
  +- Relation [id#1L] parquet"""


def test_the_plan_and_the_place_are_left_out() -> None:
    text = cleaned(ANALYSIS)
    assert text.startswith("[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column `x`")
    assert "Project" not in text
    assert "daily.sql" not in text


@pytest.mark.parametrize(
    "message",
    [
        "[CAST_INVALID_INPUT] The value 'secret' of the type STRING cannot be cast",
        "[USER_RAISED_EXCEPTION] secret",
        "An error occurred while calling o12.sql.\n: org.apache.spark.SparkException: secret",
    ],
)
def test_an_error_met_in_the_rows_tells_its_kind_alone(message: str) -> None:
    assert "secret" not in cleaned(message)


def test_a_long_message_is_cut() -> None:
    assert len(cleaned("word " * 1000)) <= 600
