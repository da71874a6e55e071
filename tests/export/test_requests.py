"""Requests have the shape that AWS's own description of its services asks for, and start the whole pipeline."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from tests.export.flows import flow, flows, task

from tidegate.config.sections.export import ExportSettings
from tidegate.errors import PlatformError
from tidegate.export.requests import Requests

if TYPE_CHECKING:
    from tidegate.export.flow import Flow, Platform

OPERATIONS = {
    "emr": ("emr", "AddJobFlowSteps"),
    "emr-serverless": ("emr-serverless", "StartJobRun"),
    "glue": ("glue", "StartJobRun"),
}
GIVEN_BY_BOTO3 = {"clientToken": "0" * 32}  # what makes a repeated call start one run


def faults(platform: Platform, request: dict[str, Any]) -> str:
    """Return what botocore's own validation of parameters finds in a request."""
    service, operation = OPERATIONS[platform]
    shape = import_module("botocore.session").get_session().get_service_model(service).operation_model(operation)
    given = (GIVEN_BY_BOTO3 if service == "emr-serverless" else {}) | request
    report = import_module("botocore.validate").ParamValidator().validate(given, shape.input_shape)
    return str(report.generate_report())


def told(request: dict[str, Any]) -> list[str]:
    """Return what `tidegate_run.py` is told by a request."""
    if "Steps" in request:
        return list(request["Steps"][0]["HadoopJarStep"]["Args"])
    if "jobDriver" in request:
        return list(request["jobDriver"]["sparkSubmit"]["entryPointArguments"])
    return [part for option in request["Arguments"].items() for part in option]


@settings(max_examples=40)
@given(flows(Requests.platforms))
def test_any_pipeline_is_a_request_of_its_service(drawn: Flow) -> None:
    text = Requests().text(drawn)
    request = json.loads(text)
    assert faults(drawn.platform, request) == ""
    assert Requests().text(drawn) == text
    assert told(request)[-6:-2] == ["--run", drawn.tasks[0].job, "--env", drawn.environment]


def test_faults_are_found() -> None:
    for platform in Requests.platforms:
        request = json.loads(Requests().text(flow(task("shop"), platform=platform)))
        assert faults(platform, request) == ""
        request.pop(next(iter(request)))
        assert "Missing required parameter" in faults(platform, request)
        assert "Unknown parameter" in faults(platform, {**request, "nobody": "knows"})


def test_a_limit_of_time_is_told_in_whole_minutes() -> None:
    limit = ExportSettings(timeout_seconds=3601)
    serverless = json.loads(Requests().text(flow(task("shop"), platform="emr-serverless", settings=limit)))
    glue = json.loads(Requests().text(flow(task("shop"), platform="glue", settings=limit)))
    assert (serverless["executionTimeoutMinutes"], glue["Timeout"]) == (61, 61)


def test_what_a_step_of_emr_would_not_take_is_refused() -> None:
    long = ExportSettings(spark_submit=("--conf", "a=" + "b" * 10_240))
    with pytest.raises(PlatformError, match="a step of EMR takes"):
        Requests().text(flow(task("shop"), platform="emr", settings=long))
