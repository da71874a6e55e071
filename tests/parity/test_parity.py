"""The same project comes to the same tables and the same reports, wherever Spark is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import pytest
from tests.parity.conftest import REPOSITORY
from tests.spark_servers import submit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parity.conftest import Days, Lived

pytestmark = [
    *(pytest.mark.spark, pytest.mark.integration, pytest.mark.slow, pytest.mark.default_line),
    pytest.mark.timeout(900),
]

# What no two runs share: times, ids, and places; and what depends on how many cores took part.
OF_A_RUN = frozenset({"_run_id", "_arrived_at", "_quarantined_at"})
WHEN_IT_ARRIVED = {"silver.fx_rates": frozenset({"updated_at"})}  # of the file: the source says no other time
SAID = "Spark Connect does not show the plan"
OF_A_REPORT = frozenset(
    {
        *("run_id", "parent_run_id", "started_at", "ended_at", "logical_at", "seconds", "resources"),
        *("location", "files", "bytes"),
    }
)


def rows(lived: Lived) -> dict[str, list[str]]:
    """Return the rows of each table, sorted, without what is of a run alone."""
    known = {}
    for table, found in lived.tables.items():
        left_out = OF_A_RUN | WHEN_IT_ARRIVED.get(table, frozenset())
        known[table] = sorted(str({name: text for name, text in row.items() if name not in left_out}) for row in found)
    return known


def told(value: object, left_out: frozenset[str]) -> object:
    """Return a report without what is left out; its jobs in any order, as those that run at once end in any."""
    if isinstance(value, dict):
        return {key: told(part, left_out) for key, part in value.items() if key not in left_out}
    if isinstance(value, list):
        return sorted((told(part, left_out) for part in value), key=str)
    return value


def what_failed(report: dict[str, object]) -> list[tuple[object, ...]]:
    """Return what is said of the jobs of a day that did not come to their end: short, to be read where a log is cut."""
    jobs = cast("list[dict[str, object]]", report["jobs"])
    parts = ("job", "status", "error_type", "error")
    return [tuple(job[part] for part in parts) for job in jobs if job["status"] not in {"succeeded", "nothing_new"}]


def check_equal(found: Lived, expected: Lived, *absent: str) -> None:
    """Assert that tables and reports are equal, saying which are not.

    Args:
        found: What came of the days somewhere.
        expected: What comes of them locally.
        absent: Parts of reports that are not there by design.
    """
    assert [what_failed(report) for report in found.reports] == [[] for _ in expected.reports]
    ours, theirs = rows(found), rows(expected)
    assert ours.keys() == theirs.keys()
    for table, wanted in theirs.items():
        assert ours[table] == wanted, table
    left_out = OF_A_REPORT | set(absent)
    assert told(found.reports, left_out) == told(expected.reports, left_out)


def jobs_of(lived: Lived) -> list[dict[str, object]]:
    """Return the reports of the jobs of the first day."""
    return cast("list[dict[str, object]]", lived.reports[0]["jobs"])


def test_the_days_exercise_every_layer(local: Lived) -> None:
    assert [report["status"] for report in local.reports] == ["succeeded", "succeeded"]
    assert {table.partition(".")[0] for table in local.tables} == {"bronze", "silver", "gold", "quarantine"}
    assert {table for table, found in local.tables.items() if not found} == {"bronze.coupon_redemptions"}


def test_a_submitted_driver_on_a_cluster_of_two_workers_comes_to_the_same(
    days: Days, local: Lived, cluster: str, bare_python: Path, tmp_path: Path
) -> None:
    settings = {
        "run.staging": "files",
        "spark.conf.spark.eventLog.compress": "false",
        "spark.conf.spark.eventLog.dir": str(tmp_path),
        "spark.conf.spark.eventLog.enabled": "true",
        "spark.conf.spark.sql.shuffle.partitions": "2",
    }
    environ = {"PYSPARK_PYTHON": str(bare_python), "PYSPARK_DRIVER_PYTHON": sys.executable}
    found = days.live({"cluster": settings}, environ, submit(cluster))["cluster"]
    assert found.platform == "spark-submit"
    check_equal(found, local)
    logs = [path for path in tmp_path.rglob("*") if path.is_file()]  # one, or a folder of them
    assert sum(log.read_text().count("SparkListenerExecutorAdded") for log in logs) == 2


def test_spark_connect_comes_to_the_same(days: Days, local: Lived, connect: str) -> None:
    found = days.live({"connect": {}}, {"SPARK_REMOTE": connect})["connect"]
    assert found.platform == "spark-connect"
    check_equal(found, local, "lineage")
    assert SAID not in json.dumps(local.reports)
    made = [job for job in jobs_of(found) if job["status"] == "succeeded" and str(job["job"]).startswith("silver.")]
    assert made
    assert all(SAID in json.dumps(job["output"]) for job in made)


def test_tables_rules_quarantine_and_time_limits_behave_the_same_through_spark_connect(connect: str) -> None:
    rules = (
        "tests/contracts/test_functions.py",
        "tests/contracts/gx/test_runs.py",
        "tests/job/quarantine/test_replays.py",
    )
    files = ("tests/tables/test_behaviour.py", "tests/tables/test_staging.py", "tests/pipeline/test_stalled.py", *rules)
    suite = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
    environ = {**os.environ, "SPARK_REMOTE": connect}
    done = subprocess.run(
        [*suite, "-k", "delta or made_once or test_functions or test_runs or time_is_up"],
        cwd=REPOSITORY,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]


def test_an_s3_comes_to_the_same(lived: dict[str, Lived], local: Lived) -> None:
    check_equal(lived["s3"], local)
