"""`tidegate validate-env`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, TypedDict

import click

from tidegate.cli.options import json_option
from tidegate.factory.arguments import DEFAULT_CONFIG, Arguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from typing_extensions import Unpack

    from tidegate.factory.environments import Compared

_DAY = click.DateTime(["%Y-%m-%d"])
_MOST_DAYS = 10


class Asked(TypedDict):
    """What the options say."""

    tables: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    day: str | None
    keys: str
    is_showing: bool
    config: str
    platform: str | None
    overrides: tuple[str, ...]
    is_debugging: bool
    is_json: bool


@click.command("validate-env")
@click.argument("first")
@click.argument("second")
@click.option("--table", "tables", multiple=True, metavar="TABLE", help="Only this one; may be repeated.")
@click.option("--from", "since", type=_DAY, default=None, metavar="DAY", help="The first day (UTC).")
@click.option("--to", "until", type=_DAY, default=None, metavar="DAY", help="The last day (UTC).")
@click.option("--day", default=None, metavar="COLUMN", help="Column of the day; the late window's when left out.")
@click.option("--keys", default="", help="Columns that identify a row, with commas; the table's own when left out.")
@click.option("--show", "is_showing", is_flag=True, help="Also show the sums that differ, which are data.")
@click.option(
    "--config", default=DEFAULT_CONFIG, show_default=True, envvar="TIDEGATE_CONFIG", help="The configuration."
)
@click.option("--platform", default=None, help="Platform; detected when left out.")
@click.option("--set", "overrides", multiple=True, metavar="A.B=C", help="Override a setting of both; may be repeated.")
@click.option("--debug", "is_debugging", is_flag=True, help="Show errors whole; they may contain data values.")
@json_option
def command(first: str, second: str, **asked: Unpack[Asked]) -> None:
    """Compare the tables of the environments FIRST and SECOND: rows, keys and sums of numbers, by day.

    Exit code 0 when they are the same, 3 when something differs. Nothing is written.
    """
    from tidegate.factory.environments import Question, compare_environments  # noqa: PLC0415 - not needed for --help

    since, until = asked["since"], asked["until"]
    keys = tuple(key.strip() for key in asked["keys"].split(",") if key.strip())
    days = (since.date() if since else None, until.date() if until else None)
    given = Arguments(asked["config"], first, asked["platform"], asked["overrides"], is_debugging=asked["is_debugging"])
    found = compare_environments(given, second, Question(asked["tables"], *days, asked["day"], keys))
    is_equal = all(one.is_equal for one in found)
    if asked["is_json"]:
        click.echo(json.dumps(_document(found, (first, second), is_showing=asked["is_showing"]), default=str))
    else:
        for line in _lines(found, (first, second), is_showing=asked["is_showing"]):
            click.echo(line)
    sys.exit(0 if is_equal else 3)


def _document(found: Sequence[Compared], names: tuple[str, str], *, is_showing: bool) -> dict[str, object]:
    tables = [asdict(one) | {"is_equal": one.is_equal} for one in found]
    for table in tables:
        for difference in table["differences"]:
            if not is_showing:
                del difference["sums"]
    return {"environments": list(names), "tables": tables}


def _lines(found: Sequence[Compared], names: tuple[str, str], *, is_showing: bool) -> Iterator[str]:
    yield f"{names[0]} and {names[1]}"
    for one in found:
        if one.missing_in:
            yield f"DIFFERS {one.table}: {one.missing_in} has no such table"
            continue
        word = "ok     " if one.is_equal else "DIFFERS"
        yield f"{word} {one.table}: {one.rows[0]:,} and {one.rows[1]:,} rows on {one.days:,} days"
        yield from (f"          column {told}" for told in one.schema)
        for day in one.differences[:_MOST_DAYS]:
            told = [f"{day.rows[0]:,} and {day.rows[1]:,} rows"]
            told += [] if day.are_keys_equal else ["other keys"]
            told += [f"other sums of {', '.join(day.columns)}"] if day.columns else []
            told += [] if day.are_values_equal or day.columns else ["other values"]
            yield f"          {day.day or 'no day'}: {'; '.join(told)}"
            if is_showing:
                yield from (
                    f"            {name}: {before} and {after}"
                    for name, (before, after) in zip(day.columns, day.sums, strict=True)
                )
        if len(one.differences) > _MOST_DAYS:
            yield f"          and {len(one.differences) - _MOST_DAYS} days more; --json has all"
