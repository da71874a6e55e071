"""A batch is in quarantine once, however often it was begun and whoever writes to the quarantine beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, frame, record

from tidegate.job.context import Observers
from tidegate.model.events import Observer
from tidegate.model.slices import REBUILD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.events import StepStarted
    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.default_line]


class Stop(BaseException):
    """What stops a run where it is, as a signal does."""


class Stopper(Observer):
    """An observer that stops a run before it publishes."""

    def step(self, event: StepStarted) -> None:
        if event.step == "publish":
            raise Stop


class Negated(Orders):
    """Orders of which those are bad that were good, and the other way round."""

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        return inputs["orders"].selectExpr("order_id", "-amount as amount", "ordered_at", "updated_at")


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_every_batch_has_its_rows_in_quarantine(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], kind: str
) -> None:
    sandbox = new_sandbox({"quarantine": kind})
    for number in (1, 2):
        sandbox.arrive("bronze.orders", frame(spark, [record(number, -number)]))
        sandbox.run(Orders())
    assert _aside(sandbox) == ["o1", "o2"]


def test_what_a_stopped_run_set_aside_is_withdrawn_and_nothing_else(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox({"quarantine": "parquet"})
    stopping = replace(sandbox.context, observers=Observers((Stopper(),)))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, -2)]))
    sandbox.run(Orders())
    sandbox.arrive("bronze.orders", frame(spark, [record(3, 3), record(4, -4)]))
    with pytest.raises(Stop):
        Orders().execute(stopping)
    others = sandbox.run(Negated(), scope="other", part=REBUILD)
    assert others.counts.quarantined == 2
    assert _aside(sandbox) == ["o1", "o2", "o3", "o4"]
    for _ in range(2):
        with pytest.raises(Stop):
            Orders().execute(stopping)
    assert _aside(sandbox) == ["o1", "o2", "o3", "o4"]
    assert sandbox.run(Orders()).counts.quarantined == 1
    assert _aside(sandbox) == ["o1", "o2", "o3", "o4"]


def _aside(sandbox: Sandbox) -> list[str]:
    return sorted(str(row[1]) for row in sandbox.rows("quarantine.silver_orders"))
