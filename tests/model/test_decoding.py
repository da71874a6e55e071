"""A report read back from its JSON is the report, and whatever is not one is refused with the place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from tests.lineage.strategies import PIPELINE_REPORTS, REPORTS

from tidegate.errors import ReportError
from tidegate.model.late_rows import LateRows
from tidegate.model.reports import Counts, PipelineReport, RunReport

REPORT = RunReport(
    "run", "silver.orders", "succeeded", "a", "b", Counts(read=1, published=1), late=LateRows("merge", 1, {3: 1})
)


@given(REPORTS)
def test_a_report_survives_its_json(report: RunReport) -> None:
    assert RunReport.from_json(report.to_json()) == report


@given(PIPELINE_REPORTS)
def test_a_pipeline_report_survives_its_json(report: PipelineReport) -> None:
    assert PipelineReport.from_json(report.to_json()) == report


def test_fields_of_a_newer_release_are_ignored_and_fields_of_an_older_one_take_their_defaults() -> None:
    document = json.loads(REPORT.to_json())
    document["invented_later"] = [1]
    del document["contract_version"]
    assert RunReport.from_json(json.dumps(document)) == REPORT


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("counts", "read"), "7"),
        (("counts", "read"), True),
        (("status",), "splendid"),
        (("rules",), {}),
        (("inputs",), [3]),
        (("late", "by_age_days"), {"three": 1}),
        (("late", "by_age_days"), []),
        (("output",), []),
        (("job",), None),
        (("seconds",), {"total": "long"}),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_place(path: tuple[str, ...], value: object) -> None:
    document = json.loads(REPORT.to_json())
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ReportError, match=r"RunReport\." + r"\.".join(path)):
        RunReport.from_json(json.dumps(document))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '"text"', "{}"])
def test_a_text_that_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ReportError):
        RunReport.from_json(text)


def test_a_missing_field_is_named() -> None:
    document = json.loads(REPORT.to_json())
    del document["ended_at"]
    with pytest.raises(ReportError, match="ended_at"):
        RunReport.from_json(json.dumps(document))
