"""What arrives: cuts published retail data into the files that a company receives, day by day."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jobs._landing import LandingError, LandingSettings, land

from tidegate import Lakehouse, parse_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobs._landing import LandedFiles


def landing_settings(values: Mapping[str, object]) -> LandingSettings:
    """Return which data lands, from the settings of the job `landing`.

    Args:
        values: `seed`, `households`, `history_from`, `history_until` and `arrivals`; what is left out has its default.

    Raises:
        LandingError: A value is unknown or out of its range.
    """
    chosen = dict(values)
    for name in ("history_from", "history_until"):
        if name in chosen:
            chosen[name] = date.fromisoformat(str(chosen[name]))
    try:
        return LandingSettings(**chosen)
    except TypeError as error:
        raise LandingError(f"jobs.settings.landing: {error}") from error


def land_through(lakehouse: Lakehouse, through: date, settings: LandingSettings) -> LandedFiles:
    """Return the landing folder of the lakehouse with everything that has arrived up to and including a day."""
    return land(Path(lakehouse.settings.landing.root), through=through, settings=settings)


def main(argv: Sequence[str]) -> int:
    """Land everything that has arrived up to `--through YYYY-MM-DD`; by default, the history that is loaded at once."""
    arguments = parse_arguments(argv)
    parser = argparse.ArgumentParser(prog="landing", allow_abbrev=False)
    parser.add_argument("--through", type=date.fromisoformat, default=None, metavar="YYYY-MM-DD")
    options = parser.parse_args(list(arguments.rest))
    with Lakehouse.open(arguments) as lakehouse:
        settings = landing_settings(lakehouse.settings.jobs.of("landing"))
        landed = land_through(lakehouse, options.through or settings.history_until, settings)
    sys.stdout.write(f"{landed.root}: {landed.written} files written, arrivals up to {landed.through}\n")
    return 0


JOB = (main, "Lands published retail data the way a company receives it, up to a day.")
