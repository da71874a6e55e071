"""`tidegate contract check`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Unpack

    from tidegate.factory.conformance import Side


@click.command("check")
@click.argument("table")
@with_configuration
@json_option
def command(table: str, *, is_json: bool, **where: Unpack[Where]) -> None:
    """Hold the columns that TABLE has against its contract, and what its job reads against what the table takes.

    Missing and extra columns, other types, nulls that a column takes or not. Schemas are read and no data. Exit code 3
    where something breaks a contract.
    """
    from tidegate.factory.conformance import check_table  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        sides = check_table(lakehouse, table)
    is_broken = any(side.is_broken for side in sides)
    if is_json:
        compared = [side.document() for side in sides]
        click.echo(json.dumps({"table": table, "is_broken": is_broken, "compared": compared}))
    else:
        click.echo("\n".join(line for side in sides for line in _lines(side)))
    sys.exit(3 if is_broken else 0)


def _lines(side: Side) -> Iterator[str]:
    contract = f"{side.contract.table} {side.contract.version}"
    if side.unasked:
        yield f"{side.name}: not compared, as {side.unasked}"
        return
    yield f"{side.name}: {'BREAKS' if side.is_broken else 'fits'} the contract of {contract}"
    for one in side.differences:
        place = f"{side.contract.location}:{one.line}: " if one.line else ""
        yield f"  {'' if one.is_fault else 'note: '}{place}{one.text}"
