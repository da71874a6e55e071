"""Tasks as Airflow's operators: of the standard provider for a worker's own machine, of the Amazon provider for AWS."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.export.flow import step_command
from tidegate.export.python_text import Expression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.export.flow import Flow, Platform, Task
    from tidegate.export.python_text import Value

# What a template gives when a task begins; the file says each once.
LOGICAL_AT, PARENT_RUN = Expression("LOGICAL_AT"), Expression("PARENT_RUN")
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "LOGICAL_AT": ("{{ dag_run.run_after.isoformat() }}",),
    # The task as Airflow's own lineage knows it, where its provider for OpenLineage is installed; else the DAG's run.
    "PARENT_RUN": (
        "{{ macros.OpenLineageProviderPlugin.lineage_parent_id(task_instance)",
        " if macros.OpenLineageProviderPlugin is defined",
        " else 'airflow/' ~ dag.dag_id ~ '/'",
        " ~ macros.uuid.uuid5(macros.uuid.NAMESPACE_URL, dag.dag_id ~ '/' ~ run_id) }}",
    ),
}

_POLL_SECONDS = 30
_LONGEST_SECONDS = 7 * 86_400  # how long a task without a time limit is waited for
_EMR = "airflow.providers.amazon.aws.operators.emr"


@dataclass(frozen=True)
class Operator:
    """An operator.

    Attributes:
        module: Where it is imported from.
        name: Its class.
    """

    module: str
    name: str


OPERATORS: Mapping[Platform, Operator] = {
    "local": Operator("airflow.providers.standard.operators.bash", "BashOperator"),
    "emr": Operator(_EMR, "EmrAddStepsOperator"),
    "emr-serverless": Operator(_EMR, "EmrServerlessStartJobOperator"),
    "glue": Operator("airflow.providers.amazon.aws.operators.glue", "GlueJobOperator"),
}


def variable(name: str) -> str:
    """Return how a template asks for one of Airflow's variables."""
    return "{{ var.value." + name + " }}"


def plain(text: str) -> str:
    """Return a text so that Airflow's templates give it as it is."""
    return text.replace("{", "{{ '{' }}")


def operator_arguments(flow: Flow, task: Task) -> dict[str, Value]:
    """Return what the operator of the flow's platform is given for a task, beside what all operators take."""
    fact = flow.facts(variable, plain)
    if flow.platform == "local":
        return _bash(flow, task, fact("config"))
    options: dict[str, Value] = dict(flow.options(task, fact("config"), plain))
    options |= {"--logical-at": LOGICAL_AT, "--parent-run": PARENT_RUN}
    if flow.platform == "glue":
        started: dict[str, Value] = {"job_name": fact("glue_job_name"), "script_args": options}
        return started | {"stop_job_run_on_kill": True, **_waiting(task)}
    told: list[Value] = [part for option in options.items() for part in option]
    submit = [plain(part) for part in flow.settings.spark_submit]
    if flow.platform == "emr":
        args: list[Value] = [*step_command(submit, fact("entry_point")), *told]
        step: dict[str, Value] = {
            "Name": plain(task.job),
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": args},
        }
        return {
            "job_flow_id": fact("emr_cluster_id"),
            "steps": [step],
            "wait_for_completion": True,
            **_waiting(task),
        }
    driver: dict[str, Value] = {"entryPoint": fact("entry_point"), "entryPointArguments": told}
    if submit:
        driver["sparkSubmitParameters"] = shlex.join(submit)
    return {
        "application_id": fact("emr_serverless_application_id"),
        "execution_role_arn": fact("emr_serverless_role_arn"),
        "name": plain(task.job),
        "job_driver": {"sparkSubmit": driver},
        **_waiting(task),
    }


def _bash(flow: Flow, task: Task, config: str) -> dict[str, Value]:
    """Return a command whose templates are in variables, so that no text becomes part of a shell's command."""
    words = ["tidegate", "run", task.job, "--env", flow.environment]
    command = " ".join(map(shlex.quote, words)) + ' --config "$TIDEGATE_CONFIG" --logical-at "$TIDEGATE_LOGICAL_AT"'
    environ: dict[str, Value] = {
        "TIDEGATE_CONFIG": config,
        "TIDEGATE_LOGICAL_AT": LOGICAL_AT,
        "OPENLINEAGE_PARENT_ID": PARENT_RUN,
    }
    return {"bash_command": plain(command), "env": environ, "append_env": True}


def _waiting(task: Task) -> dict[str, Value]:
    """Return how long the operator looks for the end; Airflow's own limits are below an hour."""
    longest = task.timeout or _LONGEST_SECONDS
    return {"waiter_delay": _POLL_SECONDS, "waiter_max_attempts": math.ceil(longest / _POLL_SECONDS) + 1}
