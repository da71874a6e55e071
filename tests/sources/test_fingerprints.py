"""Fingerprints of an overlap travel in the commit, so there is an end to how many there may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.errors import SourceError
from tidegate.sources.fingerprints import fingerprints

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_as_many_rows_as_a_commit_takes_are_remembered_and_one_more_is_an_error(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.sources.fingerprints.MOST_REMEMBERED", 3)
    rows = spark.createDataFrame([("a", 1), (None, 2), ("a", 1)], "body string, n int")
    prints = fingerprints(rows, ("body", "n"), where="shop/events")
    assert list(prints) == sorted(prints)
    assert (len(prints), len(set(prints))) == (3, 2), "equal rows have one print, and count twice"
    with pytest.raises(SourceError, match=r"more than 3 rows lie within the overlap(.|\n)*shop/events"):
        fingerprints(rows.union(rows.limit(1)), ("body", "n"), where="shop/events")
