"""The arguments of every job module: `spark-submit module.py …` and `tidegate run name …` are the same thing."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.factory.entrypoint import Entry

DEFAULT_CONFIG = "config"
DEFAULT_ENVIRONMENT = "local"


@dataclass(frozen=True)
class Arguments:
    """Where the configuration is, and how to run.

    Attributes:
        config: Folder or object store address of the configuration.
        env: Name of the environment, which is the name of an overlay.
        platform: Name of the platform; None for detection.
        overrides: Settings as `a.b=c`, strongest of all.
        is_json: Whether standard output gets one JSON document.
        is_debugging: Whether errors are shown whole.
        trigger: When the micro-batches come of a job that is to run as a stream; None for one run.
        rest: Arguments that are not tidegate's.
    """

    config: str = DEFAULT_CONFIG
    env: str = DEFAULT_ENVIRONMENT
    platform: str | None = None
    overrides: tuple[str, ...] = ()
    is_json: bool = False
    is_debugging: bool = False
    trigger: str | None = None
    rest: tuple[str, ...] = ()


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """Return the arguments of a job module; those that are not tidegate's are kept in `rest`.

    Full names only: an abbreviation may be another platform's argument.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False, description="Run this job.")
    parser.add_argument("--config", default=os.environ.get("TIDEGATE_CONFIG", DEFAULT_CONFIG), help="folder or address")
    parser.add_argument("--env", default=os.environ.get("TIDEGATE_ENV", DEFAULT_ENVIRONMENT), help="environment")
    parser.add_argument("--platform", default=None, help="platform; detected when left out")
    parser.add_argument(
        "--set", action="append", default=[], dest="overrides", metavar="A.B=C", help="override a setting"
    )
    parser.add_argument("--json", action="store_true", dest="is_json", help="print one JSON document")
    parser.add_argument(
        "--debug", action="store_true", dest="is_debugging", help="show errors whole, data values included"
    )
    parser.add_argument("--trigger", default=None, help="run as a stream: available-now, or such as '30 seconds'")
    known, rest = parser.parse_known_args(list(argv))
    return Arguments(
        known.config,
        known.env,
        known.platform,
        tuple(known.overrides),
        is_json=known.is_json,
        is_debugging=known.is_debugging,
        trigger=known.trigger,
        rest=tuple(rest),
    )


def run_with_arguments(name: str, argv: Sequence[str]) -> int:
    """Run a job or a pipeline by name with a module's arguments, and return the exit code."""
    from tidegate.factory.running import run_named  # noqa: PLC0415 - importing a job must stay cheap

    return run_named(name, parse_arguments(argv))


def main(job: tuple[Entry, str]) -> None:
    """Run a job module that was started as a script, and end the process as its platform expects.

    Args:
        job: The module's `JOB`.

    Raises:
        RunFailedError: It failed, where the platform wants an exception.
    """
    from tidegate.factory.ending import run_process  # noqa: PLC0415 - importing a job must stay cheap

    run_process(job[0])
