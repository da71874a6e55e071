"""A function of Lambda starts what its variables say, for a schedule or a file, and nothing that a file names."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.platforms.submissions.released import BASE, released

from tidegate.errors import ConfigError, PlatformError
from tidegate.platforms import aws_lambda
from tidegate.platforms.submissions.port import Started

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.platforms.submissions.port import Submission

VARIABLES = {"TIDEGATE_RELEASE": f"{BASE}/current.json", "TIDEGATE_PLATFORM": "glue", "TIDEGATE_RUN": "retail"}


class S3:
    """Holds the manifest that is in force."""

    def get_object(self, **asked: str) -> Mapping[str, Any]:
        assert asked == {"Bucket": "shop", "Key": "releases/prod/current.json"}
        return {"Body": io.BytesIO(released().release.to_json().encode())}


class Runner:
    """Keeps what is started."""

    def __init__(self) -> None:
        self.started: list[Submission] = []

    def start(self, submission: Submission) -> Started:
        self.started.append(submission)
        return Started("jr_1", "shop", "look")


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    one = Runner()
    monkeypatch.setattr(aws_lambda, "runner_of", lambda platform: {"glue": one}[platform])
    return one


def record(key: str) -> dict[str, Any]:
    return {"Records": [{"s3": {"object": {"key": key}}}]}


def eventbridge(key: str) -> dict[str, Any]:
    return {"source": "aws.s3", "detail": {"object": {"key": key}}}


@pytest.mark.parametrize("event", [{}, {"source": "aws.events"}, record("in/orders.csv"), eventbridge("in/orders.csv")])
def test_an_event_starts_the_run_of_the_release_in_force(event: dict[str, Any], runner: Runner) -> None:
    answer = aws_lambda.start(event, VARIABLES, lambda _: S3())
    assert answer == {"run": "retail", "run_id": "jr_1", "reason": ""}
    (asked,) = runner.started
    assert (asked.name, asked.target, asked.arguments) == ("retail", None, ())
    assert asked.released == released()


def test_a_schedule_may_name_another_run_and_the_variables_another_place(runner: Runner) -> None:
    aws_lambda.start({"run": "silver.orders"}, {**VARIABLES, "TIDEGATE_ON": "other"}, lambda _: S3())
    assert (runner.started[0].name, runner.started[0].target) == ("silver.orders", "other")


@pytest.mark.parametrize("event", [record, eventbridge])
def test_files_of_another_kind_start_nothing(event: Any, runner: Runner) -> None:  # noqa: ANN401
    variables = {**VARIABLES, "TIDEGATE_SUFFIX": "_DONE"}
    assert aws_lambda.start(event("in/orders.csv"), variables, lambda _: S3())["run_id"] is None
    assert runner.started == []
    assert aws_lambda.start(event("in/_DONE"), variables, lambda _: S3())["run_id"] == "jr_1"
    assert aws_lambda.start({}, variables, lambda _: S3())["run_id"] == "jr_1", "a schedule has no file"


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_is_missing_is_named(name: str, runner: Runner) -> None:
    variables = {key: value for key, value in VARIABLES.items() if key != name}
    with pytest.raises(ConfigError) as error:
        aws_lambda.start({}, variables, lambda _: S3())
    assert (error.value.where, bool(error.value.hint)) == (name, True)
    with pytest.raises(ConfigError, match="cannot be started on 'mainframe'"):
        aws_lambda.start({}, {**VARIABLES, "TIDEGATE_PLATFORM": "mainframe"}, lambda _: S3())


def test_the_function_needs_neither_spark_nor_any_extra() -> None:
    hidden = ("pyspark", "py4j", "pandas", "boto3", "botocore", "s3fs", "databricks", "packaging", "deltalake")
    hide = f"import sys; sys.modules.update(dict.fromkeys({hidden!r})); "
    done = subprocess.run(
        [sys.executable, "-c", f"{hide}from tidegate.platforms.aws_lambda import handler; handler({{}}, None)"],
        capture_output=True, text=True, check=False, env={**VARIABLES, "PATH": ""},
    )  # fmt: skip
    assert "starting a run in AWS needs the package 'boto3'" in done.stderr.replace("\n", " "), done.stderr


def test_what_the_platform_refuses_is_what_the_function_fails_with(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> Started:
        raise PlatformError("a limit of AWS is reached", where="job shop", hint="wait")

    monkeypatch.setattr(Runner, "start", lambda _, submission: refuse(submission))
    monkeypatch.setattr(aws_lambda, "runner_of", lambda _: Runner())
    with pytest.raises(PlatformError, match="a limit of AWS"):
        aws_lambda.start({}, VARIABLES, lambda _: S3())
