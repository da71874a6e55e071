"""`tidegate quarantine show`."""

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

    condition: str | None
    rule: str | None
    limit: int
    is_unmasked: bool
    is_json: bool


@click.command("show")
@click.argument("table")
@click.option("--where", "condition", default=None, metavar="SQL", help="Only rows for which the expression holds.")
@click.option("--rule", default=None, help="Only rows that failed this rule.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest first.")
@click.option("--unmasked", "is_unmasked", is_flag=True, help="Show personal data, where the environment allows it.")
@with_configuration
@json_option
def command(table: str, **asked: Unpack[Asked]) -> None:
    """Show rows of TABLE that were set aside, with every reason.

    Values of columns that the contract classifies as personal data are masked. The expression is one of the language
    of rules, over the contract's columns and _state, _run_id, _batch_id, _quarantined_at, _row_hash, _source_file.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.quarantine import show  # noqa: PLC0415
    from tidegate.factory.render_quarantine import render_shown  # noqa: PLC0415
    from tidegate.model.replays import Selection  # noqa: PLC0415

    chosen = Selection(asked["condition"], asked["rule"])
    with Lakehouse.open(arguments(asked)) as lakehouse:
        found = show(lakehouse, table, chosen, limit=asked["limit"], is_unmasked=asked["is_unmasked"])
    click.echo(json.dumps(asdict(found), default=str) if asked["is_json"] else render_shown(found))
