"""The command `tidegate` and its subcommands, each loaded when it is asked for, so that `--help` answers at once."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import click

from tidegate.errors import TidegateError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Per command: its module and the line that --help shows.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "backfill": ("backfill", "Run a job again over days that are past, or make its table anew."),
    "diff": ("diff", "Count what differs between two versions of a table."),
    "doctor": ("doctor", "Check Python, Java, Spark, jars, configuration, contracts, jobs and storage."),
    "init": ("init", "Make a new project: a whole small lakehouse to change into yours."),
    "jobs": ("jobs", "List the jobs and pipelines of the project."),
    "maintain": ("maintain", "Keep a table in order: layout, compaction, expiry."),
    "plan": ("plan", "Show what a run would read, without Spark."),
    "restore": ("restore", "Take a table back to an earlier version."),
    "run": ("run", "Run a job or a pipeline."),
    "runs": ("runs", "List the runs that were, without Spark."),
    "validate": ("validate", "Check files or a table against a contract."),
}


class _Commands(click.Group):
    """A group whose subcommands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None where there is none."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"tidegate.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in sorted(_COMMANDS.items())])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tidegate")
def tidegate() -> None:
    """PySpark lakehouse jobs: incremental, gated by contracts, exactly once, the same on every platform.

    Exit codes: 0 done, also when nothing was new; 1 the job failed; 2 usage or configuration; 3 a gate refused the
    data; 4 a pipeline finished in part.
    """


def run() -> None:
    """Run the command line; a user's mistake is one message, never a traceback."""
    try:
        tidegate(prog_name="tidegate")
    except TidegateError as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
