"""Stores of every kind, each in a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.model.names import TableName
from tidegate.tables.catalog import FORMATS, Catalog, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.tables.port import TableStore


@pytest.fixture(scope="module", params=FORMATS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def store(kind: str, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> TableStore:
    """Return one store per kind and module; each test has a table of its own in it."""
    place = Place(kind, str(tmp_path_factory.mktemp(kind) / "lake"))
    return Catalog({"layer": place}, lambda: spark).store(TableName("layer", "any"))


@pytest.fixture(scope="module")
def new_table() -> Callable[[], TableName]:
    """Return a maker of table names that no other test has."""
    made: list[TableName] = []

    def make() -> TableName:
        made.append(TableName("layer", f"table{len(made)}"))
        return made[-1]

    return make
