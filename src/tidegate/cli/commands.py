"""The command `tidegate` and its subcommands, each loaded when it is asked for, so that `--help` answers at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tidegate.cli.groups import LazyGroup
from tidegate.errors import TidegateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Per command: its module and the line that --help shows.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "alerts": ("alerts", "Try where alerts go, or show the schema of their message."),
    "audit": ("audit", "Tell the history of a table: versions, runs, files, columns; without Spark."),
    "backfill": ("backfill", "Run a job again over days that are past, or make its table anew."),
    "baseline": ("baseline", "Write down what is usual of a table, for rules about outliers and drift."),
    "contract": ("contract", "Show or compare contracts, and write what follows from them."),
    "dag": ("dag", "Draw a pipeline, coloured by its last run."),
    "deploy": ("deploy", "Upload project, wheel and packages as a release, or go back to an earlier one."),
    "diff": ("diff", "Count what differs between two versions of a table."),
    "dlq": ("dlq", "Look at, try again and expire what failed for good."),
    "doctor": ("doctor", "Check Python, Java, Spark, jars, configuration, contracts, jobs, alerts and storage."),
    "erase": ("erase", "Remove a person from all tables for good, and prove it."),
    "export": ("export", "Write a pipeline for Airflow, Step Functions or Kubernetes."),
    "init": ("init", "Make a new project: a whole small lakehouse to change into yours."),
    "jobs": ("jobs", "List the jobs and pipelines of the project."),
    "lineage": ("lineage", "Say what a table, column or file is made of, or went to, without Spark."),
    "maintain": ("maintain", "Keep a table in order: layout, compaction, expiry."),
    "plan": ("plan", "Show what a run would read, without Spark."),
    "profile": ("profile", "Say what is in files, a table or a database, and propose a contract."),
    "quarantine": ("quarantine", "Look at, mend, replay and expire rows that were set aside."),
    "report": ("report", "Make a page about a run, without Spark."),
    "restore": ("restore", "Take a table back to an earlier version."),
    "run": ("run", "Run a job or a pipeline."),
    "runs": ("runs", "List the runs that were, without Spark."),
    "submit": ("submit", "Start a run of the deployed release on EMR, EMR Serverless, Glue or Databricks."),
    "validate": ("validate", "Check files, a table or a database against a contract."),
    "validate-env": ("validate_env", "Compare the tables of two environments: rows, keys and sums by day."),
    "watch": ("watch", "Check what tables are like after their load, and keep the numbers."),
}


class _Commands(LazyGroup):
    """The commands."""

    modules = _COMMANDS


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tidegate")
def tidegate() -> None:
    """PySpark lakehouse jobs: incremental, gated by contracts, exactly once, the same on every platform.

    Exit codes: 0 done, also when nothing was new; 1 the job failed; 2 usage or configuration; 3 a gate refused the
    data; 4 a pipeline finished in part.
    """


def run(argv: Sequence[str]) -> None:
    """Run the command line; a user's mistake is one message, never a traceback."""
    try:
        tidegate(list(argv), prog_name="tidegate")
    except TidegateError as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
