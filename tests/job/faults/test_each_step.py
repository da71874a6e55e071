"""An S3 that fails at one step of a run, in every way: one message, and the next run makes good."""

from __future__ import annotations

import itertools
import logging
import os
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, as_rows, contracts, frame, latest, record
from tests.job.streams import all_contracts, stream
from tests.s3a import s3a
from tests.storage.faulty_proxy import KINDS

from tidegate.lineage.observer import OpenLineageObserver
from tidegate.lineage.records import RunRecords, read_runs
from tidegate.lineage.settings import LineageSettings
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession
    from tests.job.shop import Record
    from tests.storage.faulty_proxy import Faults, Kind

    from tidegate.model.reports import RunReport

pytestmark = [
    pytest.mark.spark,
    pytest.mark.default_line,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(3600),
]

FOREVER = 100_000
# What each step of a run asks of the store that no other does.
STEPS = {
    "plan": "GET .*silver/orders/_delta_log",
    "read": "GET .*bronze/orders/.*parquet",
    "stage": "PUT .*_tidegate/staging/.*parquet",
    "gate": "GET .*_tidegate/staging/.*parquet",
    "quarantine": "PUT .*quarantine/.*parquet",
    "publish": "PUT .*silver/orders/part-",
    "commit": "PUT .*silver/orders/_delta_log/.*json",
    "events": "PUT .*_tidegate/events/",
    "report": "PUT .*_tidegate/runs/",
    "record": "PUT .*_tidegate/(events|runs)/",
}
ALL = tuple(itertools.product(STEPS, KINDS))
# `make test-faults` tries every pair.
FEW: tuple[tuple[str, Kind], ...] = (
    ("read", "busy"),
    ("stage", "reset"),
    ("quarantine", "stalled"),
    ("commit", "refused"),
    ("record", "busy"),
)
AFTER = {"events", "report", "record"}


@pytest.fixture
def lake(spark: SparkSession, faults: Faults, s3_bucket: str) -> Iterator[str]:
    with s3a(spark, os.environ["AWS_ENDPOINT_URL"]):
        yield f"s3a://{s3_bucket}/lake"


def batch(number: int) -> list[Record]:
    """Return a new order, one that was corrected, and one that is refused."""
    return [record(1, 100 + number, version=number), record(10 + number, number), record(2, -5, version=number)]


def run(sandbox: Sandbox) -> RunReport:
    """Run the job with its events and its record, as a process of its own does."""
    events = OpenLineageObserver(LineageSettings(str(sandbox.root), write_seconds=20))
    sandbox.observers = (RunRecords(str(sandbox.root)), events)
    report = Orders().execute(sandbox.context)
    events.close()
    return report


def check_told(step: str, kind: Kind, report: RunReport, logged: list[str]) -> None:
    """Check that a run over a store that fails has said so, once and without a trace."""
    told = (step, kind, report.status, report.error, logged)
    if step in AFTER:
        assert report.status == "succeeded", told
        assert logged or kind == "cut", told  # what is written is written, whatever of the answer does not arrive
    elif report.status != "succeeded":
        assert report.status == "failed", told
        assert "S3 does not answer Spark" in str(report.error) or "an object cannot be" in str(report.error), told
        if step != "commit" and kind != "cut":  # Delta does not say where, nor does Java of an answer that broke off
            assert "s3a://tests-" in str(report.error), told
    assert "Traceback" not in f"{report.error}{logged}", told


def test_a_step_over_a_store_that_fails_is_one_message_and_is_made_good_by_the_next_run(
    spark: SparkSession, faults: Faults, lake: str, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = Sandbox(spark, lake, contracts())  # type: ignore[arg-type]
    come = batch(0)
    sandbox.arrive("bronze.orders", frame(spark, come))
    assert run(sandbox).status == "succeeded"
    for number, (step, kind) in enumerate(ALL if os.environ.get("TIDEGATE_STORE_FAULTS") else FEW, start=1):
        sandbox.arrive("bronze.orders", frame(spark, batch(number)))
        before, come = as_rows(latest(come)), come + batch(number)
        caplog.clear()
        with caplog.at_level(logging.WARNING, "tidegate"):
            faults.reset(kind, 1, FOREVER, STEPS[step])
            report, met = run(sandbox), faults.met
            faults.reset()
        told = (step, kind, met, report.status, report.error)
        print(*told)  # noqa: T201 - where it was hit, and what was said
        assert met, told
        check_told(step, kind, report, [one.getMessage() for one in caplog.records if one.name.startswith("tidegate")])
        after = as_rows(latest(come))
        assert sandbox.rows("silver.orders") in ((after,) if report.status == "succeeded" else (before, after)), told
        again = run(sandbox)
        assert again.exit_code == 0, (told, again.error)
        assert sandbox.rows("silver.orders") == after, told
        assert again.run_id in {one.run_id for one in read_runs(str(sandbox.root))}, told
    assert run(sandbox).status == "nothing_new"
    assert len(sandbox.rows("quarantine.silver_orders")) == number + 1


def test_a_stream_whose_store_is_gone_ends_with_one_message_and_the_next_goes_on(
    spark: SparkSession, faults: Faults, lake: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Tables and checkpoint in S3: gone at a commit of the table, and at Spark's own note of a micro-batch."""
    sandbox = Sandbox(spark, lake, all_contracts())  # type: ignore[arg-type]
    come: list[Record] = []
    for number, gone in enumerate((STEPS["commit"], "PUT .*_tidegate/streams/.*/(offsets|commits)/", "")):
        for one in (batch(2 * number), batch(2 * number + 1)):
            sandbox.arrive("bronze.orders", frame(spark, one))
            come += one
        if gone:
            faults.reset("reset", 1, FOREVER, gone)
            broken, met = stream(sandbox, Orders()), faults.met
            faults.reset()
            assert met
            assert (broken.status, broken.ended_by, broken.exit_code) == ("failed", "failure", 1)
            assert "S3 does not answer Spark" in str(broken.error)
            assert stream(sandbox, Orders()).exit_code == 0
        else:
            ended = stream(sandbox, Orders(), "1 second", should_stop=partial(has_all, sandbox, come))
            assert (ended.exit_code, ended.ended_by) == (0, "signal"), ended.error
        assert has_all(sandbox, come)
    assert stream(sandbox, Orders()).runs == 0
    assert "py4j.clientserver" not in {one.name for one in caplog.records}  # it would show a trace of Python's
    assert len(sandbox.rows("quarantine.silver_orders")) == 6


def has_all(sandbox: Sandbox, come: list[Record]) -> bool:
    """Return whether all that has come is in the table."""
    return sandbox.rows("silver.orders") == as_rows(latest(come))
