"""A pipeline as the request that starts it on a service of AWS: what `aws … --cli-input-json` and boto3 send."""

from __future__ import annotations

import json
import math
import shlex
from typing import TYPE_CHECKING

from tidegate.export.flow import step_command
from tidegate.export.step_functions_tasks import State, placeholder
from tidegate.platforms.emr import check_step

if TYPE_CHECKING:
    from tidegate.export.flow import Flow, Platform


class Requests:
    """Writes requests, each of which starts one run of the whole pipeline."""

    platforms: tuple[Platform, ...] = ("emr-serverless", "emr", "glue")
    is_whole = True

    def text(self, flow: Flow) -> str:
        """Return the request, as JSON.

        Raises:
            PlatformError: EMR would not take as many arguments.
        """
        made = {"emr": _emr, "glue": _glue}.get(flow.platform, _emr_serverless)(flow)
        return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _emr(flow: Flow) -> State:
    """Return the request AddJobFlowSteps."""
    fact = flow.facts(placeholder)
    arguments = [*step_command(flow.settings.spark_submit, fact("entry_point")), *_told(flow)]
    check_step(arguments)
    step: State = {
        "Name": flow.name,
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": arguments},
    }
    return {"JobFlowId": fact("emr_cluster_id"), "Steps": [step]}


def _emr_serverless(flow: Flow) -> State:
    """Return the request StartJobRun of EMR Serverless."""
    fact, settings = flow.facts(placeholder), flow.settings
    submit: State = {"entryPoint": fact("entry_point"), "entryPointArguments": _told(flow)}
    if settings.spark_submit:
        submit["sparkSubmitParameters"] = shlex.join(settings.spark_submit)
    request: State = {
        "applicationId": fact("emr_serverless_application_id"),
        "executionRoleArn": fact("emr_serverless_role_arn"),
        "name": flow.name,
        "jobDriver": {"sparkSubmit": submit},
    }
    return request | _limit("executionTimeoutMinutes", flow)


def _glue(flow: Flow) -> State:
    """Return the request StartJobRun of Glue."""
    fact = flow.facts(placeholder)
    options = dict(flow.options(flow.tasks[0], fact("config")))
    request: State = {"JobName": fact("glue_job_name"), "Arguments": options}
    return request | _limit("Timeout", flow)


def _told(flow: Flow) -> list[str]:
    options = flow.options(flow.tasks[0], flow.facts(placeholder)("config"))
    return [part for option in options.items() for part in option]


def _limit(name: str, flow: Flow) -> State:
    """Return the limit of time, in whole minutes, where the pipeline has one."""
    seconds = flow.settings.timeout_seconds
    return {name: math.ceil(seconds / 60)} if seconds else {}
