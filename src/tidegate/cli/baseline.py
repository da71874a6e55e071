"""`tidegate baseline`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("baseline")
@click.argument("table")
@click.option("--version", type=int, default=None, help="The version of TABLE to look at; the newest by default.")
@click.option("--check", "is_check", is_flag=True, help="Write nothing; end with 2 where it would be another one.")
@with_configuration
@json_option
def command(table: str, *, version: int | None, is_check: bool, is_json: bool, **where: Unpack[Where]) -> None:
    """Write down what is usual of TABLE (such as silver.orders), for its rules about outliers and drift.

    The file lies beside the contract, <table>.baseline.json, and belongs into version control: until somebody runs this
    again, every run compares with the same numbers. Only published rows count, without those that a rule has warned of.
    """
    from tidegate.factory.baselines import make_baseline, render_baseline  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        made = make_baseline(lakehouse, table, version, is_check=is_check)
    document = {
        "table": made.baseline.table,
        "version": made.baseline.table_version,
        "file": made.file,
        "rules": [one.rule for one in made.baseline.usual],
        "left_out": dict(made.left_out),
        "is_new": made.is_new,
    }
    click.echo(json.dumps(document) if is_json else render_baseline(made))
    sys.exit(2 if is_check and made.is_new else 0)
