"""Empty lakehouses for tests of whole runs."""

from __future__ import annotations

import itertools
import os
import random
import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession
    from tests.job.killed_runs import Doomed
    from tests.job.kills import Prepared
    from tests.job.topics import Shop

    from tidegate.testing import Sandbox


@pytest.fixture
def new_sandbox(spark: SparkSession, tmp_path: Path) -> Callable[..., Sandbox]:
    """Return a maker of empty lakehouses in folders of their own; layers that are given no format are in memory.

    Memory costs a third of what files cost, and has their semantics. A test gives `FILES` when it is about how a run
    and its files go together.
    """
    from tests.job.shop import MEMORY, contracts  # noqa: PLC0415 - tests without the marker must not load Spark

    from tidegate.testing import Sandbox  # noqa: PLC0415 - as above

    numbers = itertools.count()

    def make(formats: Mapping[str, str] | None = None, **fields: object) -> Sandbox:
        chosen = {**MEMORY, **(formats or {})}
        given_contracts = fields.pop("contracts", contracts())
        return Sandbox(spark, tmp_path / f"lake{next(numbers)}", given_contracts, chosen, **fields)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def prepared(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Return a maker of lakehouses whose run is about to come."""
    from tests.job.kills import Prepared  # noqa: PLC0415 - as above

    return Prepared(spark, tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="session")
def killed(spark: SparkSession, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Doomed]:
    """Return lakehouses of runs, replays and a backfill that were killed: one process dies for all."""
    from tests.job.kills import kill_all  # noqa: PLC0415 - as above

    chance = random.Random(os.environ.get("TIDEGATE_SEED"))  # noqa: S311 - spreads the moments
    return kill_all(spark, prepared, tmp_path_factory.mktemp("killed"), chance)


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a broker of Kafka."""
    from tests.kafka import broker  # noqa: PLC0415 - as above

    with broker(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture
def new_shop(spark: SparkSession, brokers: str, tmp_path: Path) -> Callable[..., Shop]:
    """Return a maker of topics, each with an empty lakehouse that reads it."""
    from tests.job.topics import Shop, lakehouse  # noqa: PLC0415 - as above
    from tests.kafka import Topic  # noqa: PLC0415 - as above

    def make(partitions: int = 1, bronze: str = "memory") -> Shop:
        sandbox = lakehouse(spark, tmp_path / "lake", brokers, {"bronze": bronze, "quarantine": "memory"})
        return Shop(sandbox, Topic(brokers, f"orders-{uuid.uuid4()}", partitions))

    return make
