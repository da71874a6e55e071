"""The entry of the one script that platforms are given: it runs what `--run` names, be it declared without Python."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tidegate.factory.arguments import parse_arguments
from tidegate.model.pins import parse_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.factory.entrypoint import Entry


def run_submitted(argv: Sequence[str]) -> int:
    """Run the job or the pipeline that `--run` names, and return the exit code.

    Each option has a name and a value, because there are platforms that hand over nothing else. What neither this
    function nor a job module knows is the platform's, and is left alone.

    Args:
        argv: `--run NAME`, `--logical-at TIME`, `--parent-run ID`, and the arguments of job modules.

    Raises:
        ConfigError: The moment is none.
    """
    from tidegate.factory.pipelines import HowToRun  # noqa: PLC0415 - importing a job must stay cheap
    from tidegate.factory.running import run_named  # noqa: PLC0415

    parser = argparse.ArgumentParser(allow_abbrev=False, description="Run a job or a pipeline.")
    parser.add_argument("--run", required=True, metavar="NAME", help="a job or a pipeline")
    parser.add_argument("--logical-at", metavar="TIME", help="the moment that the run is about")
    parser.add_argument("--parent-run", metavar="ID", help="the scheduler's run, for lineage: namespace/job/run id")
    known, rest = parser.parse_known_args(list(argv))
    moment = parse_moment(known.logical_at) if known.logical_at else None
    return run_named(known.run, parse_arguments(rest), HowToRun(logical_at=moment, parent_run=known.parent_run))


SUBMITTED: tuple[Entry, str] = (run_submitted, "Run a job or a pipeline by its name.")
