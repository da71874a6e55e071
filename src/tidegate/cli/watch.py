"""`tidegate watch`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("watch")
@click.argument("tables", nargs=-1)
@click.option("--html", "page", default=None, metavar="FILE", help="Also write a page with the trends of all numbers.")
@with_configuration
@json_option
def command(tables: tuple[str, ...], *, page: str | None, is_json: bool, **where: Unpack[Where]) -> None:
    """Measure TABLES (all that have a contract) after their load and compare them with what their contracts promise.

    Exit code 0, also where checks only warn; 3 where one of severity error failed; 1 where a table cannot be measured.
    """
    from tidegate import storage  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415
    from tidegate.factory.watching import render_watch, trend_page, watch  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        report = watch(lakehouse, tables)
        if page is not None:
            storage.replace(page, trend_page(lakehouse, report).encode())
    click.echo(report.to_json() if is_json else render_watch(report))
    sys.exit(report.exit_code)
