"""Empty lakehouses for tests of whole runs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.testing import Sandbox


@pytest.fixture
def new_sandbox(spark: SparkSession, tmp_path: Path) -> Callable[..., Sandbox]:
    """Return a maker of empty lakehouses in folders of their own."""
    from tests.job.shop import contracts  # noqa: PLC0415 - tests without the marker must not load Spark

    from tidegate.testing import Sandbox  # noqa: PLC0415 - as above

    numbers = itertools.count()

    def make(formats: Mapping[str, str] | None = None, **fields: object) -> Sandbox:
        chosen = {"bronze": "parquet", "silver": "delta", **(formats or {})}
        given_contracts = fields.pop("contracts", contracts())
        return Sandbox(spark, tmp_path / f"lake{next(numbers)}", given_contracts, chosen, **fields)  # type: ignore[arg-type]

    return make
