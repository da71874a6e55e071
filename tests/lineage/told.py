"""A run and a pipeline, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lineage.schemas import check_event

from tidegate.lineage.settings import Engine, LineageSettings
from tidegate.model.events import RunStarted
from tidegate.model.reports import Counts, RuleResult, RunReport
from tidegate.model.transfers import InputRead, OutputWritten, SchemaField

if TYPE_CHECKING:
    from tests.lineage.schemas import Json

    from tidegate.lineage.message import Fact

events = pytest.importorskip("tidegate.lineage.events")

PIPELINE = "0199c000-0000-7000-8000-000000000001"
RUN = "0199c000-0000-7000-8000-000000000002"
AIRFLOW = "0199c000-0000-7000-8000-000000000003"
START, END = "2026-11-21T08:00:00+00:00", "2026-11-21T08:00:09+00:00"
SETTINGS = LineageSettings("/lake", namespace="prod", engine=Engine("Spark", "3.5.7"))
ANNOUNCED = RunStarted(
    RUN, "silver.orders", START, parent_run_id=PIPELINE, pipeline="retail", description="Orders.", owner="team:sales"
)
REPORT = RunReport(
    RUN,
    "silver.orders",
    "succeeded",
    START,
    END,
    counts=Counts(read=10, published=8, quarantined=2),
    rules=(
        RuleResult(
            "id_is_not_null", "error", "row", 10, 2, "warned", "not_null", ("order_id",), "Every order has an id."
        ),
        RuleResult("ids_are_unique", "fatal", "table", 10, 0, "passed", "unique", ("order_id", "line")),
    ),
    inputs=(
        InputRead(
            "orders",
            "bronze.orders",
            "new",
            format="parquet",
            location="/lake/bronze/orders",
            version_from=6,
            version_to=7,
            rows=10,
            files=1,
            bytes=512,
            columns=(SchemaField("order_id", "bigint"), SchemaField("amount", "decimal(12,2)")),
        ),
    ),
    output=OutputWritten(
        "silver.orders",
        "delta",
        "s3a://lake/silver/orders",
        version_before=3,
        version_after=4,
        rows=8,
        bytes=1024,
        files=2,
        columns=(SchemaField("order_id", "bigint", "The order."),),
        quarantine="quarantine.orders",
    ),
    parent_run_id=PIPELINE,
    pipeline="retail",
)


def made(*facts: Fact, settings: LineageSettings = SETTINGS) -> list[dict[str, Json]]:
    builder = events.EventBuilder(settings)
    return [check_event(message.text) for fact in facts for message in builder.messages(fact)]


def at(value: Json, *path: str | int) -> Json:
    for key in path:
        if isinstance(value, list) and isinstance(key, int):
            value = value[key]
        else:
            assert isinstance(value, dict)
            assert isinstance(key, str)
            value = value.get(key)
    return value
