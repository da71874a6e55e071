"""Every run becomes one START and one end, each a valid event that says what the report says and nothing more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from tests.lineage.strategies import PIPELINE_REPORTS, REPORTS, STARTS
from tests.lineage.told import AIRFLOW, ANNOUNCED, END, PIPELINE, REPORT, SETTINGS, START, at, made

from tidegate.lineage.settings import ParentRun
from tidegate.model.events import RunStarted
from tidegate.model.reports import PipelineReport, RuleResult, RunReport
from tidegate.model.slices import Span
from tidegate.model.transfers import InputRead, OutputWritten

if TYPE_CHECKING:
    from tidegate.model.reports import RunStatus


@given(REPORTS)
@settings(max_examples=50)
def test_any_report_makes_two_valid_events_and_two_for_each_part(report: RunReport) -> None:
    start, *parts, end = made(report)
    assert at(start, "eventType") == "START"
    assert at(end, "eventType") in {"COMPLETE", "FAIL", "ABORT"}
    assert at(start, "run", "runId") == at(end, "run", "runId") == report.run_id
    written = report.output.tables if report.output else ()
    assert len(parts) <= 2 * len(written)
    assert not parts or report.status == "succeeded"
    assert {at(part, "run", "facets", "parent", "run", "runId") for part in parts} <= {report.run_id}


@given(STARTS)
@settings(max_examples=50)
def test_any_announcement_makes_one_valid_event(announced: RunStarted) -> None:
    (start,) = made(announced)
    assert at(start, "eventType") == "START"


def test_a_rule_that_was_not_checked_asserts_nothing() -> None:
    odd = RuleResult("odd", "warn", "row", 0, 0, "unchecked", "outlier", ("amount",), note="no baseline")
    end = made(ANNOUNCED, replace(REPORT, rules=(odd, *REPORT.rules[1:])))[-1]
    assert "odd" not in str(at(end, "outputs"))
    assert [at(end, "run", "facets", "test", "tests", i, "status") for i in (0, 1)] == ["skip", "pass"]


@given(PIPELINE_REPORTS)
@settings(max_examples=25)
def test_any_pipeline_report_makes_two_valid_events(report: PipelineReport) -> None:
    assert len(made(report)) == 2


def test_a_run_of_a_backfill_tells_the_days_it_is_about() -> None:
    announced = replace(ANNOUNCED, nominal=Span(date(2024, 1, 1), date(2024, 1, 8)))
    for event in made(announced, REPORT):
        assert at(event, "run", "facets", "nominalTime", "nominalStartTime") == "2024-01-01T00:00:00Z"
        assert at(event, "run", "facets", "nominalTime", "nominalEndTime") == "2024-01-08T00:00:00Z"
    assert at(made(ANNOUNCED)[0], "run", "facets", "nominalTime") is None


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("succeeded", "COMPLETE"),
        ("nothing_new", "COMPLETE"),
        ("failed", "FAIL"),
        ("refused", "FAIL"),
        ("skipped", "ABORT"),
    ],
)
def test_a_status_has_its_state(status: RunStatus, state: str) -> None:
    assert at(made(ANNOUNCED, replace(REPORT, status=status))[-1], "eventType") == state


def test_a_run_that_was_announced_has_one_start() -> None:
    assert [at(event, "eventType") for event in made(ANNOUNCED, REPORT)] == ["START", "COMPLETE"]


def test_both_events_say_whose_run_it_is_and_what_the_job_does() -> None:
    for event in made(ANNOUNCED, REPORT):
        assert at(event, "job", "namespace") == "prod"
        assert at(event, "job", "name") == "silver.orders"
        assert at(event, "job", "facets", "jobType", "processingType") == "BATCH"
        assert at(event, "job", "facets", "documentation", "description") == "Orders."
        assert at(event, "job", "facets", "ownership", "owners", 0, "name") == "team:sales"
        assert at(event, "run", "facets", "parent", "run", "runId") == PIPELINE
        assert at(event, "run", "facets", "parent", "job", "name") == "retail"
        assert at(event, "run", "facets", "parent", "root", "run", "runId") == PIPELINE
        assert at(event, "run", "facets", "processing_engine", "name") == "Spark"
        assert at(event, "run", "facets", "processing_engine", "version") == "3.5.7"


def test_an_outer_scheduler_is_the_pipelines_parent_and_the_root_of_all() -> None:
    outer = replace(SETTINGS, parent=ParentRun("airflow", "dag.task", AIRFLOW))
    pipeline, job = made(RunStarted(PIPELINE, "retail", START, is_pipeline=True), ANNOUNCED, settings=outer)
    assert at(pipeline, "run", "facets", "parent", "run", "runId") == AIRFLOW
    assert at(job, "run", "facets", "parent", "run", "runId") == PIPELINE
    assert at(job, "run", "facets", "parent", "root", "job", "name") == "dag.task"


def test_what_was_read_is_an_input_with_its_schema_version_and_statistics() -> None:
    source = at(made(ANNOUNCED, REPORT)[-1], "inputs", 0)
    assert (at(source, "namespace"), at(source, "name")) == ("file", "/lake/bronze/orders")
    assert at(source, "facets", "schema", "fields", 1, "type") == "decimal(12,2)"
    assert at(source, "facets", "version", "datasetVersion") == "7"
    assert at(source, "facets", "dataSource", "uri") == "file:///lake/bronze/orders"
    assert at(source, "facets", "symlinks", "identifiers", 0, "name") == "bronze.orders"
    statistics = at(source, "inputFacets", "inputStatistics")
    assert [at(statistics, key) for key in ("rowCount", "size", "fileCount")] == [10, 512, 1]


def test_what_was_written_is_an_output_with_its_version_and_statistics() -> None:
    target = at(made(ANNOUNCED, REPORT)[-1], "outputs", 0)
    assert (at(target, "namespace"), at(target, "name")) == ("s3://lake", "silver/orders")
    assert at(target, "facets", "version", "datasetVersion") == "4"
    assert at(target, "facets", "storage", "storageLayer") == "delta"
    assert at(target, "facets", "schema", "fields", 0, "description") == "The order."
    assert at(target, "facets", "symlinks", "identifiers", 0, "name") == "silver.orders"
    statistics = at(target, "outputFacets", "outputStatistics")
    assert [at(statistics, key) for key in ("rowCount", "size", "fileCount")] == [8, 1024, 2]


def test_quarantined_rows_are_an_output_of_their_own() -> None:
    quarantine = at(made(ANNOUNCED, REPORT)[-1], "outputs", 1)
    assert at(quarantine, "name") == "quarantine.orders"
    assert at(quarantine, "outputFacets", "outputStatistics", "rowCount") == 2


def test_rules_are_assertions_on_the_table_whose_contract_they_are_from_and_tests_of_the_run() -> None:
    end = made(ANNOUNCED, REPORT)[-1]
    not_null, unique = (at(end, "outputs", 0, "facets", "dataQualityAssertions", "assertions", i) for i in (0, 1))
    facts = [at(not_null, key) for key in ("name", "assertion", "column", "success", "severity")]
    assert facts == ["id_is_not_null", "not_null", "order_id", False, "error"]
    assert at(not_null, "params", "failed") == 2
    assert [at(unique, key) for key in ("success", "column", "severity")] == [True, None, "fatal"]
    assert at(unique, "params", "columns") == ["order_id", "line"]
    assert [at(end, "run", "facets", "test", "tests", i, "status") for i in (0, 1)] == ["fail", "pass"]


@pytest.mark.parametrize("status", ["nothing_new", "skipped"])
def test_a_run_that_did_nothing_has_no_outputs(status: RunStatus) -> None:
    assert at(made(ANNOUNCED, replace(REPORT, status=status))[-1], "outputs") == []


@pytest.mark.parametrize("status", ["failed", "refused"])
def test_a_run_that_published_nothing_says_why_and_claims_no_rows(status: RunStatus) -> None:
    error = "the gate refused the batch\n  where: silver.orders\n  hint:  mend the data"
    end = made(ANNOUNCED, replace(REPORT, status=status, error=error, error_type="GateError"))[-1]
    assert at(end, "run", "facets", "errorMessage", "message") == error
    assert at(end, "run", "facets", "errorMessage", "stackTrace") is None
    assert at(end, "outputs", 0, "outputFacets") == {}
    assert at(end, "outputs", 0, "facets", "dataQualityAssertions", "assertions", 0, "success") is False


def test_a_job_of_several_tables_has_several_outputs_and_its_rules_on_the_run() -> None:
    output = OutputWritten(
        "gold",
        tables=(
            OutputWritten("gold.fact_orders", "delta", "/lake/gold/fact_orders"),
            OutputWritten("gold.dim_products"),
        ),
    )
    end = made(ANNOUNCED, replace(REPORT, output=output))[-1]
    assert [at(end, "outputs", i, "name") for i in (0, 1)] == ["/lake/gold/fact_orders", "gold.dim_products"]
    assert "dataQualityAssertions" not in str(at(end, "outputs"))
    assert at(end, "run", "facets", "test", "tests", 0, "name") == "id_is_not_null"


def test_a_table_read_in_two_ways_is_one_input() -> None:
    again = replace(REPORT.inputs[0], name="whole", kind="whole", version_to=9, rows=5, bytes=None)
    inputs = at(made(ANNOUNCED, replace(REPORT, inputs=(*REPORT.inputs, again)))[-1], "inputs")
    assert isinstance(inputs, list)
    assert len(inputs) == 1
    statistics = at(inputs, 0, "inputFacets", "inputStatistics")
    assert [at(statistics, key) for key in ("rowCount", "size", "fileCount")] == [15, None, 2]
    assert at(inputs, 0, "facets", "version", "datasetVersion") == "9"


def test_a_new_table_is_created() -> None:
    output = replace(REPORT.output or OutputWritten(""), version_before=None)
    end = made(ANNOUNCED, replace(REPORT, output=output))[-1]
    assert at(end, "outputs", 0, "facets", "lifecycleStateChange", "lifecycleStateChange") == "CREATE"


def test_files_are_files_and_no_table() -> None:
    feed = InputRead("lines", "order_lines", "files", format="jsonl", location="/landing/order_lines")
    source = at(made(ANNOUNCED, replace(REPORT, inputs=(feed,)))[-1], "inputs", 0)
    assert at(source, "facets", "datasetType", "datasetType") == "FILE"
    assert at(source, "facets", "symlinks") is None


def test_a_pipeline_that_ended_in_part_fails_and_names_its_jobs() -> None:
    bad = replace(REPORT, job="silver.products", status="refused")
    report = PipelineReport(PIPELINE, "retail", "partial", START, END, (REPORT, bad))
    start, end = made(report)
    assert at(end, "eventType") == "FAIL"
    assert (
        at(end, "run", "facets", "errorMessage", "message") == "1 of 2 jobs did not succeed: silver.products (refused)"
    )
    assert at(start, "job", "facets", "jobType", "jobType") == "DAG"


def test_secrets_are_in_no_event() -> None:
    value = "S3CR3T/VALUE"
    report = replace(
        REPORT,
        status="failed",
        inputs=(replace(REPORT.inputs[0], location=f"s3a://KEY:{value}@bucket/orders"),),
        output=OutputWritten("silver.orders", "delta", f"s3://bucket/silver?token={value}"),
        error=f"cannot read jdbc:postgresql://app:{value}@host/db?password={value}",
    )
    announced = replace(ANNOUNCED, description=f"From https://me:{value}@host.")
    for event in made(announced, report):
        assert "S3CR3T" not in str(event)
