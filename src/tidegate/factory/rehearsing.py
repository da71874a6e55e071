"""Say what a job would publish from inputs as they were."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.factory.backfills import sliceable
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.progress import Progress
from tidegate.factory.render import render
from tidegate.job.context import Observers
from tidegate.model.pins import Pin

if TYPE_CHECKING:
    from tidegate.factory.arguments import Arguments

SCOPE = "as-of"


def rehearse_named(name: str, when: str, arguments: Arguments) -> tuple[str, int]:
    """Return the summary of a run that writes nothing, or its JSON, and the exit code.

    Args:
        name: A job, or a dataset that only one layer has.
        when: A version of the input whose news make the job run, or a time.
        arguments: Configuration and how to print.
    """
    pin = Pin.parse(when)
    with Lakehouse.open(arguments) as lakehouse:
        job = sliceable(lakehouse, name)
        told = Observers((Progress(),))
        report = job().execute(replace(lakehouse.context, observers=told, pin=pin, scope=SCOPE))
    if arguments.is_json:
        return report.to_json(), report.exit_code
    return f"{render(report)}\n\n  as of {pin}; nothing was written", report.exit_code
