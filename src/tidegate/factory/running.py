"""Run a job or a pipeline by name, and tell the user how it ended."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.errors import TidegateError
from tidegate.factory.console import open_for_command
from tidegate.factory.pipelines import AS_A_WHOLE, HowToRun
from tidegate.factory.render import render
from tidegate.factory.stopping import terminable
from tidegate.factory.streaming import render_stream, stream_named
from tidegate.job.failures import describe_failure

if TYPE_CHECKING:
    from tidegate.factory.arguments import Arguments
    from tidegate.model.reports import PipelineReport, RunReport
    from tidegate.model.streams import StreamReport


def run_named(name: str, arguments: Arguments, how: HowToRun = AS_A_WHOLE) -> int:
    """Run a job or a pipeline, print its summary (or its JSON), and return the exit code.

    Args:
        name: A job, a pipeline, or a dataset that only one layer has.
        arguments: Configuration and how to print.
        how: Which jobs of a pipeline, and whether a run that failed is to go on.
    """
    try:
        with open_for_command(arguments, environ=how.environ(os.environ)) as lakehouse:
            if arguments.trigger is not None:
                stream = stream_named(lakehouse, name, arguments.trigger, how)
                return _told(stream, render_stream(stream), arguments)
            entry = lakehouse.module_entry(name)
            if entry is not None:
                how.check_script(name)
                return entry([*_repeated(arguments), *arguments.rest])
            with terminable() as stopped:
                report = lakehouse.run(name, replace(how, stopped=stopped))
    except TidegateError as error:
        if arguments.is_debugging:
            raise
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except Exception as error:
        if arguments.is_debugging:
            raise
        sys.stderr.write(f"error: {describe_failure(error, 'start')}\n")
        return 1
    return _told(report, render(report), arguments)


def _told(report: RunReport | PipelineReport | StreamReport, text: str, arguments: Arguments) -> int:
    """Print a report and return its exit code."""
    sys.stdout.write((report.to_json() if arguments.is_json else text) + "\n")
    return report.exit_code


def _repeated(arguments: Arguments) -> list[str]:
    flags = ["--config", arguments.config, "--env", arguments.env]
    flags += ["--platform", arguments.platform] if arguments.platform else []
    for override in arguments.overrides:
        flags += ["--set", override]
    flags += ["--json"] if arguments.is_json else []
    return flags + (["--debug"] if arguments.is_debugging else [])
