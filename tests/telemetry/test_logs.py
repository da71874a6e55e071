"""A log record is one JSON document on one line that says which run wrote it; a person reads the same as text."""

from __future__ import annotations

import io
import json
import logging
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage.strategies import PIPELINE_REPORTS, REPORTS, STARTS

from tidegate.model.events import StepStarted
from tidegate.model.log_fields import log_fields, logged_with
from tidegate.telemetry.logs import configure_logs
from tidegate.telemetry.run_log import RunLog

if TYPE_CHECKING:
    from tidegate.model.events import RunStarted
    from tidegate.model.reports import PipelineReport, RunReport

TAKEN = {"event", "level", "logger", "timestamp"}
WORDS = st.from_regex(r"[a-z]{3,8}", fullmatch=True).filter(lambda word: word not in TAKEN)


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@given(st.text(), st.dictionaries(WORDS.map("x_".__add__), st.text() | st.integers(), max_size=3), st.text())
def test_any_record_is_one_line_with_its_fields(text: str, fields: dict[str, Any], run: str) -> None:
    stream = io.StringIO()
    configure_logs("json", level=logging.INFO, stream=stream)
    with logged_with(run_id=run, job=None):
        logging.getLogger("tidegate.tables").warning("%s", text, extra=fields)
    (record,) = written(stream)
    assert record | {"event": text, "run_id": run, "level": "warning", "logger": "tidegate.tables", **fields} == record
    assert record["timestamp"].endswith("Z")
    assert "job" not in record


def test_threads_log_the_run_that_each_is_in() -> None:
    stream, both = io.StringIO(), threading.Barrier(2, timeout=10)
    configure_logs("json", level=logging.INFO, stream=stream)

    def run(number: int) -> None:
        with logged_with(run_id=str(number)):
            both.wait()
            logging.getLogger("tidegate.job").info("%d", number)
            both.wait()

    threads = [threading.Thread(target=run, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((record["run_id"], record["event"]) for record in written(stream)) == [("1", "1"), ("2", "2")]


def test_fields_end_with_the_block_that_gave_them() -> None:
    with logged_with(run_id="outer", job="a"):
        with logged_with(run_id="inner"):
            assert log_fields() == {"run_id": "inner", "job": "a"}
        assert log_fields() == {"run_id": "outer", "job": "a"}
    assert log_fields() == {}


def test_configuring_again_changes_the_form_and_doubles_nothing() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logs("json", level=logging.INFO, stream=first)
    configure_logs("text", level=logging.WARNING, stream=second)
    logging.getLogger("tidegate").warning("once")
    logging.getLogger("tidegate").info("not at all")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1
    assert "not at all" not in second.getvalue()


def test_warnings_of_others_have_the_same_form_where_nobody_else_writes_them() -> None:
    stream = io.StringIO()
    logging.getLogger().handlers.clear()
    configure_logs("json", level=logging.INFO, stream=stream)
    logging.getLogger("py4j").warning("a gateway went away")
    assert [(record["logger"], record["event"]) for record in written(stream)] == [("py4j", "a gateway went away")]


def test_handlers_of_a_platform_are_left_alone_and_told_nothing_twice() -> None:
    platform = logging.NullHandler()
    logging.getLogger().handlers[:] = [platform]
    stream = io.StringIO()
    configure_logs("json", level=logging.INFO, stream=stream)
    logging.getLogger("tidegate").warning("once")
    logging.getLogger("py4j").warning("theirs")
    assert logging.getLogger().handlers == [platform]
    assert [record["event"] for record in written(stream)] == ["once"]


def test_text_is_readable_and_has_no_colours_in_a_file() -> None:
    stream = io.StringIO()
    configure_logs("text", level=logging.INFO, stream=stream)
    with logged_with(run_id="r1"):
        logging.getLogger("tidegate.tables").warning("a manifest is odd")
    assert "a manifest is odd" in stream.getvalue()
    assert "run_id=r1" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@settings(max_examples=30)
@given(STARTS, REPORTS, PIPELINE_REPORTS)
def test_the_end_of_a_run_is_one_line_with_every_row_and_no_text_of_an_error(
    start: RunStarted, report: RunReport, pipeline: PipelineReport
) -> None:
    stream = io.StringIO()
    configure_logs("json", level=logging.INFO, stream=stream)
    log = RunLog()
    log.started(start)
    log.step(StepStarted(report.run_id, report.job, "publish"))
    log.ended(report)
    log.pipeline_ended(pipeline)
    log.close()
    started, step, ended, whole = written(stream)
    assert started["run_id"] == start.run_id
    assert (step["step"], step["job"]) == ("publish", report.job)
    assert (ended["run_id"], ended["job"], ended["status"]) == (report.run_id, report.job, report.status)
    assert (ended["read"], ended["published"]) == (report.counts.read, report.counts.published)
    assert ended | asdict(report.counts) == ended, "every outcome is told"
    assert "error" not in ended
    assert (whole["pipeline"], whole["status"]) == (pipeline.pipeline, pipeline.status)
    assert sum(whole["jobs"].values()) == len(pipeline.jobs)
