"""The numbers of a run arrive as they are, in the form of Prometheus and in that of CloudWatch."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections import Counter
from dataclasses import asdict, replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from prometheus_client.parser import text_string_to_metric_families
from tests.lineage.strategies import PIPELINE_REPORTS, REPORTS

from tidegate.errors import MissingExtraError
from tidegate.model.reports import Counts, OutputWritten, PipelineReport, RuleResult, RunReport
from tidegate.telemetry.emf import MOST, EmbeddedMetrics, embedded
from tidegate.telemetry.metrics import metrics_of
from tidegate.telemetry.prometheus import PrometheusFiles, exposition

jsonschema = import_module("jsonschema")  # it carries no types

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.model.reports import RunStatus

REPORT = RunReport(
    "01a20282-a49e-78fd-bf9a-11e41708d367",
    "silver.orders",
    "succeeded",
    "2026-01-01T00:00:00+00:00",
    "2026-01-01T00:00:02+00:00",
    Counts(read=5, published=3, quarantined=2),
    rules=(
        RuleResult("a", "error", "row", 5, 1, "passed"),
        RuleResult("b", "error", "row", 5, 2, "passed"),
        RuleResult("c", "warn", "row", 5, 0, "passed"),
    ),
    output=OutputWritten("silver.orders", bytes=1024, files=2),
    seconds={"publish": 0.5, "total": 2.0},
    pipeline="retail",
    score=0.75,
)
PIPELINE = PipelineReport("p", "retail", "partial", REPORT.started_at, REPORT.ended_at, (REPORT,), {"total": 3.0})

# What the specification of the format asks of a line.
EMF_SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["Namespace", "Dimensions", "Metrics"],
                        "properties": {
                            "Namespace": {"type": "string", "minLength": 1, "maxLength": 1024},
                            "Dimensions": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "array", "maxItems": 30, "items": {"type": "string", "minLength": 1}},
                            },
                            "Metrics": {
                                "type": "array",
                                "maxItems": 100,
                                "items": {
                                    "type": "object",
                                    "required": ["Name"],
                                    "properties": {
                                        "Name": {"type": "string", "minLength": 1, "maxLength": 1024},
                                        "Unit": {"enum": ["Seconds", "Bytes", "Count", "None"]},
                                    },
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}


def samples(text: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(text.decode())
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


@settings(max_examples=30)
@given(REPORTS | PIPELINE_REPORTS)
def test_prometheus_reads_every_number_of_any_run(report: RunReport | PipelineReport) -> None:
    read = Counter(samples(exposition(report)).values())
    told = {(metric.name, *metric.attributes.items()): float(metric.value) for metric in metrics_of(report)}
    assert read == Counter(told.values())


def test_names_are_those_that_prometheus_gives_to_names_of_opentelemetry() -> None:
    labels = {("tidegate_job", "silver.orders"), ("tidegate_pipeline", "retail")}
    read = samples(exposition(REPORT))
    assert read["tidegate_run_duration_seconds", frozenset(labels)] == 2.0
    assert read["tidegate_run_end_time_seconds", frozenset(labels)] == 1767225602.0
    assert read["tidegate_run_output_size_bytes", frozenset(labels)] == 1024
    assert read["tidegate_run_score_ratio", frozenset(labels)] == 0.75
    assert read["tidegate_run_rows", frozenset({*labels, ("tidegate_outcome", "published")})] == 3
    failed = frozenset({*labels, ("tidegate_rule", "b"), ("tidegate_severity", "error")})
    assert read["tidegate_run_rule_failed_rows", failed] == 2


def test_names_are_dotted_words_and_units_those_of_the_report() -> None:
    metrics = metrics_of(REPORT)
    assert all(re.fullmatch(r"tidegate(\.[a-z_]+)+", metric.name) for metric in metrics)
    assert {metric.unit for metric in metrics} == {"s", "{row}", "{file}", "{run}", "By", "1"}


@pytest.mark.parametrize(("status", "succeeded"), [("succeeded", 1), ("nothing_new", 1), ("failed", 0), ("partial", 0)])
def test_a_run_that_did_not_end_well_says_so(status: RunStatus, succeeded: int) -> None:
    report = replace(PIPELINE, status=status)
    assert {metric.name: metric.value for metric in metrics_of(report)}["tidegate.run.succeeded"] == succeeded


@settings(max_examples=30)
@given(REPORTS | PIPELINE_REPORTS)
def test_cloudwatch_gets_lines_as_its_format_asks_with_every_row_counted(report: RunReport | PipelineReport) -> None:
    rows: Counter[str] = Counter()
    for line in embedded(report, namespace="lake", service="retail"):
        document = json.loads(line)
        jsonschema.validate(document, EMF_SCHEMA)
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        assert all(isinstance(document[name], str) for (names,) in [directive["Dimensions"]] for name in names)
        assert all(isinstance(document[metric["Name"]], int | float) for metric in directive["Metrics"])
        rows.update({m["Name"]: document[m["Name"]] for m in directive["Metrics"] if ".rows." in m["Name"]})
    counts = asdict(report.counts) if isinstance(report, RunReport) else {}
    assert rows == Counter({f"tidegate.run.rows.{outcome}": count for outcome, count in counts.items()})


def test_cloudwatch_gets_few_dimensions_and_rules_by_severity() -> None:
    (line,) = embedded(REPORT, namespace="lake", service="retail")
    document = json.loads(line)
    assert document["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [
        ["service.name", "tidegate.job", "tidegate.pipeline"]
    ]
    assert document["tidegate.run.rule.failed_rows.error"] == 3
    assert document["tidegate.run.step.duration.publish"] == 0.5
    assert document["run_id"] == REPORT.run_id


def test_more_numbers_than_a_line_may_hold_are_more_lines() -> None:
    steps = {f"step {number}": 1.0 for number in range(2 * MOST)}
    lines = embedded(replace(REPORT, seconds=steps), namespace="lake", service="retail")
    names = [m["Name"] for line in lines for m in json.loads(line)["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert len(lines) == 3
    assert len(set(names)) == len(names) > 2 * MOST


def test_cloudwatch_is_told_of_jobs_and_of_their_pipeline() -> None:
    stream = io.StringIO()
    told = EmbeddedMetrics("lake", "retail", stream=stream)
    told.ended(REPORT)
    told.pipeline_ended(PIPELINE)
    assert [json.loads(line)["status"] for line in stream.getvalue().splitlines()] == ["succeeded", "partial"]


def test_a_file_holds_the_newest_run_of_its_job(tmp_path: Path) -> None:
    files = PrometheusFiles(str(tmp_path / "metrics"))
    files.ended(REPORT)
    files.ended(replace(REPORT, seconds={"total": 7.0}))
    files.ended(replace(REPORT, job="silver/odd job"))
    files.pipeline_ended(PIPELINE)
    assert sorted(file.name for file in (tmp_path / "metrics").iterdir()) == [
        "tidegate_job_silver%2Fodd%20job.prom",
        "tidegate_job_silver.orders.prom",
        "tidegate_pipeline_retail.prom",
    ]
    assert (tmp_path / "metrics" / "tidegate_job_silver.orders.prom").read_bytes() == exposition(
        replace(REPORT, seconds={"total": 7.0})
    )


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "metrics").write_text("a file")
    with caplog.at_level(logging.WARNING, "tidegate"):
        PrometheusFiles(str(tmp_path / "metrics")).ended(REPORT)
    assert [REPORT.run_id in record.message for record in caplog.records] == [True]


def test_a_client_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtraError, match=r"tidegate\[metrics\]"):
        PrometheusFiles("metrics")
