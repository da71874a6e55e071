"""The reference lakehouse lived through: eleven months at once, then day after day."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from jobs.landing import land_through, landing_settings

from tidegate import PipelineReport, open_for_command, parse_arguments, render_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

PIPELINE = "retail"


def main(argv: Sequence[str]) -> int:
    """Land what has arrived and run the pipeline on it, once for the history and once for each day after it."""
    arguments = parse_arguments(argv)
    start = time.perf_counter()
    reports: list[PipelineReport] = []
    with open_for_command(arguments) as lakehouse:
        settings = landing_settings(lakehouse.settings.jobs.of("landing"))
        days = (settings.history_until, *settings.arrival_days)
        for day in days:
            landed = land_through(lakehouse, day, settings)
            if not landed.written and day != days[-1]:
                continue
            sys.stderr.write(f"\narrivals up to {day}: {landed.written} new files\n")
            report = lakehouse.run(PIPELINE)
            if isinstance(report, PipelineReport):
                reports.append(report)
            if report.exit_code:
                break
    seconds, root = time.perf_counter() - start, lakehouse.settings.storage.root
    if arguments.is_json:
        sys.stdout.writelines(report.to_json() + "\n" for report in reports)
    else:
        sys.stdout.write(f"{render_runs(reports, root=root)}\n\nall in all {seconds:.0f} s\n")
    return max(report.exit_code for report in reports)


JOB = (main, "Runs the reference lakehouse on real data: eleven months at once, then five days one by one.")
