"""A pipeline as an Airflow DAG, in a file that needs Airflow and the provider of its operators, not tidegate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.export.airflow_tasks import OPERATORS, TEMPLATES, operator_arguments
from tidegate.export.flow import WHOLE_HINT, generated_by, refuse_rollback
from tidegate.export.python_text import Expression, call, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.export.flow import Flow, Platform, Task
    from tidegate.export.python_text import Value

_LONGEST_WAIT = 300


class Airflow:
    """Writes DAGs for Airflow 3."""

    platforms: tuple[Platform, ...] = ("local", "emr", "emr-serverless", "glue")
    is_whole = False

    def text(self, flow: Flow) -> str:
        """Return the DAG's file.

        Raises:
            JobDefinitionError: A job rolls back, or only some jobs stop the others.
        """
        refuse_rollback(flow)
        _refuse_some_that_stop(flow)
        operator = OPERATORS[flow.platform]
        tasks = "".join(
            f"        {literal(task.job)}: {call(operator.name, _arguments(flow, task), 8)},\n" for task in flow.tasks
        )
        return "\n".join(
            [
                _heading(flow),
                "",
                "from datetime import datetime, timedelta, timezone",
                "",
                f"from {operator.module} import {operator.name}",
                "from airflow.sdk import DAG",
                "",
                *(f"{name} = (\n{_lines(parts)})" for name, parts in TEMPLATES.items()),
                "",
                f"with {call('DAG', _dag(flow))}:",
                f"    tasks = {{\n{tasks}    }}",
                *_edges(flow),
                "",
            ]
        )


def _lines(parts: Sequence[str]) -> str:
    return "".join(f"    {literal(part)}\n" for part in parts)


def _heading(flow: Flow) -> str:
    return f'"""{generated_by(flow, "airflow")}"""'


def _dag(flow: Flow) -> dict[str, Value]:
    settings = flow.settings
    arguments: dict[str, Value] = {
        "dag_id": flow.name,
        "description": flow.description,
        "schedule": settings.schedule,
        "start_date": Expression("datetime(2024, 1, 1, tzinfo=timezone.utc)"),
        "catchup": False,
        "max_active_runs": 1,
    }
    if flow.at_once:
        arguments["max_active_tasks"] = flow.at_once
    if settings.timeout_seconds:
        arguments["dagrun_timeout"] = _seconds(settings.timeout_seconds)
    if any(task.consequence == "stop" for task in flow.tasks):
        arguments["fail_fast"] = True
    return arguments | {"tags": ["tidegate"]}


def _arguments(flow: Flow, task: Task) -> dict[str, Value]:
    arguments: dict[str, Value] = {"task_id": task.job, **operator_arguments(flow, task), "retries": task.step.retries}
    if task.step.retries:
        arguments |= {
            "retry_delay": _seconds(task.wait),
            "retry_exponential_backoff": True,
            "max_retry_delay": _seconds(_LONGEST_WAIT),
        }
    if task.timeout:
        arguments["execution_timeout"] = _seconds(task.timeout)
    return arguments


def _edges(flow: Flow) -> list[str]:
    return [
        f"    tasks[{literal(task.job)}].set_upstream([{', '.join(f'tasks[{literal(name)}]' for name in task.after)}])"
        for task in flow.tasks
        if task.after
    ]


def _seconds(seconds: float) -> Expression:
    return Expression(f"timedelta(seconds={seconds:g})")


def _refuse_some_that_stop(flow: Flow) -> None:
    stopping = [task for task in flow.tasks if task.consequence == "stop"]
    if stopping and len(stopping) < len(flow.tasks) and not flow.is_whole:
        raise JobDefinitionError(
            f"{stopping[0].job} stops all others when it fails, which in Airflow all tasks of a DAG do or none",
            where=stopping[0].step.where or f"pipeline {flow.name}",
            hint=f"{WHOLE_HINT}; or let every job stop the others (run.keep_going: false)",
        )
