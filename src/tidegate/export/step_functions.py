"""A pipeline as a state machine of AWS Step Functions, in the Amazon States Language with JSONPath."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.export.flow import generated_by, refuse_rollback
from tidegate.export.step_functions_tasks import State, Value, placeholder, task_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.export.flow import Flow, Platform, Task

_LONGEST_NAME = 80
_LONGEST_WAIT = 300
_LONGEST_SUBJECT = 99
_RETRIED: Mapping[str, Value] = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 5,
    "MaxAttempts": 5,
    "BackoffRate": 2,
}


class StepFunctions:
    """Writes state machines."""

    platforms: tuple[Platform, ...] = ("emr-serverless", "emr", "glue")
    is_whole = False

    def text(self, flow: Flow) -> str:
        """Return the definition of the state machine, as JSON.

        Raises:
            JobDefinitionError: A job rolls back, or its name is too long for a state.
        """
        refuse_rollback(flow)
        _refuse_long_names(flow)
        levels = flow.levels()
        states: dict[str, State] = {"Begin": _begin(flow)}
        for number in range(1, len(levels) + 1):
            following = "All well" if number == len(levels) else f"Level {number + 1}"
            states |= _level(flow, levels, number, following)
        every = [
            {"Variable": _status(number, place), "StringEquals": "succeeded"}
            for number, level in enumerate(levels, start=1)
            for place in range(len(level))
        ]
        states["All well"] = {
            "Type": "Choice",
            "Choices": [{"And": every, "Next": "Succeeded"}],
            "Default": "Tell",
        }
        states |= _endings(flow)
        machine: State = {"Comment": f"{flow.description} {generated_by(flow, 'step-functions')}".strip()}
        machine |= {"StartAt": "Begin", "States": states}
        if flow.settings.timeout_seconds:
            machine["TimeoutSeconds"] = math.ceil(flow.settings.timeout_seconds)
        return json.dumps(machine, indent=2, ensure_ascii=False) + "\n"


def _begin(flow: Flow) -> State:
    """Return the state that fixes the run's moment, which a redrive keeps, and its name for lineage."""
    return {
        "Type": "Pass",
        "Parameters": {
            "run": {
                "logical_at.$": "$$.Execution.StartTime",
                "parent.$": f"States.Format('step-functions/{flow.name}/{{}}', States.UUID())",
            }
        },
        "Next": "Level 1",
    }


def _level(flow: Flow, levels: Sequence[Sequence[Task]], number: int, following: str) -> dict[str, State]:
    """Return the states of a level: its tasks side by side, and what happens when one of them stops all others."""
    tasks = levels[number - 1]
    stops = [place for place, task in enumerate(tasks) if task.consequence == "stop"]
    states: dict[str, State] = {
        f"Level {number}": {
            "Type": "Parallel",
            "Branches": [_branch(flow, levels, task) for task in tasks],
            "ResultSelector": {f"task_{place}.$": f"$[{place}]" for place in range(len(tasks))},
            "ResultPath": f"$.level_{number}",
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Tell"}],
            "Next": f"Level {number} may go on" if stops else following,
        }
    }
    if stops:
        failed = [{"Variable": _status(number, place), "StringEquals": "failed", "Next": "Tell"} for place in stops]
        states[f"Level {number} may go on"] = {"Type": "Choice", "Choices": failed, "Default": following}
    return states


def _branch(flow: Flow, levels: Sequence[Sequence[Task]], task: Task) -> State:
    """Return the states of a task, whose result is how it ended: `succeeded`, `failed` or `skipped`."""
    name = task.job
    states: dict[str, State] = {
        name: {
            **task_state(flow, task),
            **_attempts(task),
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": f"{name} failed"}],
            "ResultPath": None,
            "Next": f"{name} succeeded",
        },
        f"{name} succeeded": _ended(name, "succeeded"),
        f"{name} failed": {
            "Type": "Pass",
            "Parameters": {"job": name, "status": "failed", "error.$": "$.Error"},
            "End": True,
        },
    }
    if not task.after:
        return {"StartAt": name, "States": states}
    places = {
        above.job: _status(number, place)
        for number, level in enumerate(levels, start=1)
        for place, above in enumerate(level)
    }
    needed = [{"Variable": places[above], "StringEquals": "succeeded"} for above in task.after]
    states[f"{name} may run"] = {
        "Type": "Choice",
        "Choices": [{"And": needed, "Next": name}],
        "Default": f"{name} skipped",
    }
    states[f"{name} skipped"] = _ended(name, "skipped")
    return {"StartAt": f"{name} may run", "States": states}


def _attempts(task: Task) -> State:
    state: State = {"TimeoutSeconds": task.timeout} if task.timeout else {}
    if not task.step.retries:
        return state
    again: State = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": task.wait,
        "MaxAttempts": task.step.retries,
        "BackoffRate": 2,
        "MaxDelaySeconds": max(_LONGEST_WAIT, task.wait + 1),
        "JitterStrategy": "FULL",
    }
    late: State = {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 0}
    return state | {"Retry": [late, again]}


def _ended(job: str, status: str) -> State:
    return {"Type": "Pass", "Result": {"job": job, "status": status}, "End": True}


def _status(number: int, place: int) -> str:
    return f"$.level_{number}.task_{place}.status"


def _endings(flow: Flow) -> dict[str, State]:
    """Return the states that end a run. Where nobody can be told, the run has failed all the same."""
    return {
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {
                "TopicArn": flow.facts(placeholder)("topic_arn"),
                "Subject": f"tidegate: {flow.name} failed ({flow.environment})"[:_LONGEST_SUBJECT],
                "Message.$": "States.JsonToString($)",
            },
            "Retry": [_RETRIED],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.untold", "Next": "Failed"}],
            "ResultPath": None,
            "Next": "Failed",
        },
        "Failed": {"Type": "Fail", "Error": "PipelineFailed", "Cause": f"not all jobs of {flow.name} succeeded"},
        "Succeeded": {"Type": "Succeed"},
    }


def _refuse_long_names(flow: Flow) -> None:
    for task in flow.tasks:
        if len(f"{task.job} succeeded") > _LONGEST_NAME:
            raise JobDefinitionError(
                f"the name {task.job} is too long for a state of Step Functions",
                where=task.step.where or f"pipeline {flow.name}",
                hint=f"at most {_LONGEST_NAME - len(' succeeded')} characters",
            )
