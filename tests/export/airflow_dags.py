"""Read a folder of DAGs as Airflow does, and print as JSON what it found. Runs in Airflow's own environment."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from airflow.dag_processing.dagbag import DagBag  # type: ignore[import-not-found]
from airflow.sdk.execution_time import macros  # type: ignore[import-not-found]


class Variables:
    """Airflow's variables, each with a value of its own."""

    def __getattr__(self, name: str) -> str:
        return f"value of {name}"


def rendered(task: Any, dag: Any) -> dict[str, Any]:  # noqa: ANN401 - Airflow has no types here
    """Return what a task is given when it begins."""
    context = {
        "dag": dag,
        "dag_run": SimpleNamespace(run_after=datetime(2026, 11, 22, 3, 30, tzinfo=timezone.utc)),
        "macros": macros,
        "run_id": "manual__é",
        "var": SimpleNamespace(value=Variables()),
    }
    fields = {name: getattr(task, name) for name in task.template_fields}
    return {
        name: task.render_template(value, context, dag.get_template_env())
        for name, value in fields.items()
        if isinstance(value, str | list | dict)
    }


def described(dag: Any) -> dict[str, Any]:  # noqa: ANN401 - Airflow has no types here
    """Return what Airflow knows of a DAG."""
    return {
        "description": dag.description,
        "fail_fast": dag.fail_fast,
        "max_active_runs": dag.max_active_runs,
        "max_active_tasks": dag.max_active_tasks,
        "schedule": getattr(dag.timetable, "_expression", None) or type(dag.timetable).__name__,
        "tasks": {
            task.task_id: {
                "operator": type(task).__name__,
                "after": sorted(task.upstream_task_ids),
                "retries": task.retries,
                "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
                "given": rendered(task, dag),
            }
            for task in dag.tasks
        },
    }


if __name__ == "__main__":
    bag = DagBag(sys.argv[1])
    found = {dag.fileloc.rpartition("/")[2]: described(dag) for dag in bag.dags.values()}
    print("FOUND" + json.dumps({"errors": bag.import_errors, "dags": found}))  # noqa: T201
