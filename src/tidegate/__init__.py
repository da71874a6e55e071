"""tidegate: PySpark lakehouse jobs that are incremental, gated, exactly once, and the same on every platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import TidegateError
from tidegate.factory.entrypoint import entrypoint
from tidegate.job.base import SparkJob
from tidegate.model.declarations import Affected, Api, Cursor, Database, Files, New, Output, Snapshot, Whole
from tidegate.model.deliveries import Delivery
from tidegate.model.modes import Append, ApplyChanges, LateWindow, Replace, ReplaceWindow, Scd2, Upsert
from tidegate.model.names import TableName
from tidegate.model.paging import Paging
from tidegate.model.pipelines import Pipeline, Step
from tidegate.model.reports import PipelineReport, RunReport
from tidegate.model.slices import Backfill, Span
from tidegate.model.standard import Cleaning, Standard
from tidegate.model.topics import Kafka

if TYPE_CHECKING:
    from tidegate.factory.arguments import Arguments, main, parse_arguments, run_with_arguments
    from tidegate.factory.console import open_for_command
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.factory.render import render, render_runs
    from tidegate.job.dbt import DbtJob
    from tidegate.job.watch import WatchJob

__version__ = "0.1.0"

__all__ = [
    "Affected",
    "Api",
    "Append",
    "ApplyChanges",
    "Arguments",
    "Backfill",
    "Cleaning",
    "Cursor",
    "Database",
    "DbtJob",
    "Delivery",
    "Files",
    "Kafka",
    "Lakehouse",
    "LateWindow",
    "New",
    "Output",
    "Paging",
    "Pipeline",
    "PipelineReport",
    "Replace",
    "ReplaceWindow",
    "RunReport",
    "Scd2",
    "Snapshot",
    "Span",
    "SparkJob",
    "Standard",
    "Step",
    "TableName",
    "TidegateError",
    "Upsert",
    "WatchJob",
    "Whole",
    "entrypoint",
    "main",
    "open_for_command",
    "parse_arguments",
    "render",
    "render_runs",
    "run_with_arguments",
]

# Loaded when first asked for, so that `import tidegate` stays cheap and needs no extra.
_LATE = {
    "Arguments": "tidegate.factory.arguments",
    "DbtJob": "tidegate.job.dbt",
    "Lakehouse": "tidegate.factory.lakehouse",
    "main": "tidegate.factory.arguments",
    "parse_arguments": "tidegate.factory.arguments",
    "open_for_command": "tidegate.factory.console",
    "render": "tidegate.factory.render",
    "render_runs": "tidegate.factory.render",
    "run_with_arguments": "tidegate.factory.arguments",
    "WatchJob": "tidegate.job.watch",
}


def __getattr__(name: str) -> object:
    """Return a public name that is loaded late."""
    if name in _LATE:
        import importlib  # noqa: PLC0415 - needed for late names only

        return getattr(importlib.import_module(_LATE[name]), name)
    raise AttributeError(f"module 'tidegate' has no attribute {name!r}")
