"""Tasks as Step Functions starts them: integrations that wait for the end and stop what runs when they are stopped."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, TypeAlias

from tidegate.export.flow import step_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.export.flow import Flow, Task

Value: TypeAlias = "str | int | bool | Sequence[Value] | Mapping[str, Value] | None"
State: TypeAlias = dict[str, Value]

LOGICAL_AT, PARENT_RUN = "$.run.logical_at", "$.run.parent"


def placeholder(name: str) -> str:
    """Return what CloudFormation's DefinitionSubstitutions and Terraform's templatefile put a name in for."""
    return "${" + name + "}"


def task_state(flow: Flow, task: Task) -> State:
    """Return the type, the resource and the parameters of the state that runs a task."""
    fact = flow.facts(placeholder)
    options = flow.options(task, fact("config"))
    if flow.platform == "glue":
        moving = {"--logical-at.$": LOGICAL_AT, "--parent-run.$": PARENT_RUN}
        return _state("glue:startJobRun.sync", {"JobName": fact("glue_job_name"), "Arguments": {**options, **moving}})
    told = [part for option in options.items() for part in option]
    if flow.platform == "emr":
        before = step_command(flow.settings.spark_submit, fact("entry_point"))
        step: State = {
            "Name": task.job,
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args.$": _array([*before, *told])},
        }
        return _state("elasticmapreduce:addStep.sync", {"ClusterId": fact("emr_cluster_id"), "Step": step})
    return _state("emr-serverless:startJobRun.sync", _serverless(flow, task, told))


def _serverless(flow: Flow, task: Task, told: Sequence[str]) -> State:
    fact = flow.facts(placeholder)
    driver: State = {"EntryPoint": fact("entry_point"), "EntryPointArguments.$": _array(told)}
    if flow.settings.spark_submit:
        driver["SparkSubmitParameters"] = shlex.join(flow.settings.spark_submit)
    return {
        "ApplicationId": fact("emr_serverless_application_id"),
        "ExecutionRoleArn": fact("emr_serverless_role_arn"),
        "Name": task.job,
        "JobDriver": {"SparkSubmit": driver},
    }


def _state(resource: str, parameters: State) -> State:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters}


def _array(words: Sequence[str]) -> str:
    """Return the intrinsic function that gives words and, after them, what is known only when the run begins."""
    quoted = ["'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'" for word in words]
    words_at_the_start = ["'--logical-at'", LOGICAL_AT, "'--parent-run'", PARENT_RUN]
    return "States.Array(" + ", ".join([*quoted, *words_at_the_start]) + ")"
