"""`tidegate backfill`."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from datetime import datetime

    from typing_extensions import Unpack

    from tidegate.model.slices import By


class Asked(Where):
    """What the options say."""

    first: datetime | None
    last: datetime | None
    by: By
    every: str
    column: str | None
    name_of_request: str
    is_full_refresh: bool
    is_restarting: bool
    is_missing: bool
    is_dry: bool
    parallel: int | None
    is_json: bool


_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("backfill")
@click.argument("name")
@click.option("--from", "first", type=_DAY, metavar="DAY", help="The first day (UTC), such as 2024-01-31.")
@click.option("--to", "last", type=_DAY, metavar="DAY", help="The last day (UTC); it is part of the backfill.")
@click.option(
    "--by",
    type=click.Choice(["event", "arrival"]),
    default="event",
    show_default=True,
    help="Whether the days are those of the events, or those on which rows or files arrived.",
)
@click.option("--interval", "every", default="day", show_default=True, help="day, week, month, or 'N days'.")
@click.option("--column", help="Event-time column of the inputs; the late window's when left out.")
@click.option("--name", "name_of_request", default="", help="Tells it from a backfill that asks for the same.")
@click.option("--restart", "is_restarting", is_flag=True, help="Begin anew, even where it was finished.")
@click.option("--missing", "is_missing", is_flag=True, help="Only intervals with days that were never processed.")
@click.option("--full-refresh", "is_full_refresh", is_flag=True, help="Make the table anew from all of its inputs.")
@click.option(
    "--parallel",
    type=click.IntRange(1, 64),
    metavar="N",
    help="How many intervals are under way at a time, at most; run.parallel_jobs when left out.",
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Show the slices and the rows in each; write nothing.")
@with_configuration
@json_option
def command(name: str, **asked: Unpack[Asked]) -> None:
    """Run the job or pipeline NAME again over days that are past, one batch per interval.

    Intervals are prepared side by side, and published in their order. The same command goes on where it stopped, and
    does nothing where it was finished. The watermarks of the live run stay as they are. With --full-refresh the table
    of a job is made anew in one commit, and live runs go on from there.
    """
    from tidegate.factory.backfilling import backfill_named, rebuild_named, show_backfill  # noqa: PLC0415 - --help
    from tidegate.factory.backfills import HowToFill  # noqa: PLC0415
    from tidegate.model.slices import Backfill, Span  # noqa: PLC0415

    given = arguments(asked, is_json=asked["is_json"])
    first, last = asked["first"], asked["last"]
    if asked["is_full_refresh"]:
        if first or last or asked["is_dry"] or asked["is_missing"]:
            told_off = "leave out --from, --to, --missing and --dry-run"
            raise click.UsageError(f"--full-refresh takes everything there is: {told_off}")
        told = rebuild_named(name, given)
    else:
        if first is None or last is None:
            raise click.UsageError("--from and --to are needed, or --full-refresh")
        span = Span(first.date(), last.date() + timedelta(days=1))
        request = Backfill(span, asked["by"], asked["every"], asked["column"], asked["name_of_request"])
        how = HowToFill(asked["is_restarting"], asked["is_missing"], asked["parallel"])
        run = show_backfill if asked["is_dry"] else backfill_named
        told = run(name, request, given, how)
    click.echo(told.text)
    sys.exit(told.exit_code)
