"""`tidegate diff`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Asked(Where):
    """What the options say."""

    keys: str
    show: int
    is_json: bool


@click.command("diff")
@click.argument("table")
@click.argument("first", type=int)
@click.argument("second", type=int)
@click.option("--keys", default="", help="Columns that identify a row, with commas; the table's own when left out.")
@click.option(
    "--show", default=0, type=click.IntRange(0), metavar="N", help="Also show N rows that differ, with values."
)
@with_configuration
@json_option
def command(table: str, first: int, second: int, **asked: Unpack[Asked]) -> None:
    """Count what differs between the versions FIRST and SECOND of TABLE: rows added, removed and changed by key.

    No data value is printed unless --show asks for some.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.versions import comparison, render_difference  # noqa: PLC0415

    named = [key.strip() for key in asked["keys"].split(",") if key.strip()]
    with Lakehouse.open(arguments(asked)) as lakehouse:
        compared = comparison(lakehouse, table, (first, second), named)
        found = compared.count()
        examples = compared.examples(asked["show"]) if asked["show"] else []
    if asked["is_json"]:
        shown = [{"change": change, "before": before, "after": after} for change, before, after in examples]
        document = {"table": table, "versions": [first, second], "keys": compared.keys, **asdict(found)}
        click.echo(json.dumps(document | ({"rows": shown} if examples else {})))
        return
    click.echo(render_difference(f"{table}, version {first} to {second}", found, examples))
