"""`tidegate quarantine fix`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, TypedDict

import click

from tidegate.cli.options import arguments, json_option, with_place

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Asked(TypedDict):
    """What the options say."""

    changes: tuple[str, ...]
    condition: str | None
    rule: str | None
    is_dry_run: bool
    config: str
    env: str
    platform: str | None
    is_debugging: bool
    is_json: bool


@click.command("fix")
@click.argument("table")
@click.option(
    "--set", "changes", multiple=True, required=True, metavar="COL=EXPR", help="What to set; may be repeated."
)
@click.option("--where", "condition", default=None, metavar="SQL", help="Only rows for which the expression holds.")
@click.option("--rule", default=None, help="Only rows that failed this rule.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would change; write nothing.")
@with_place
@json_option
def command(table: str, **asked: Unpack[Asked]) -> None:
    """Give columns of TABLE's rows that were set aside other values; what arrived is kept beside them.

    Says how many rows changed, and how many of them would pass now. Expressions are those of the language of rules,
    and all see the values as they were before. Settings are not overridden here: --set is for columns.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.quarantine import fix  # noqa: PLC0415
    from tidegate.factory.render_quarantine import render_fixed  # noqa: PLC0415
    from tidegate.model.replays import Selection  # noqa: PLC0415

    place = arguments(
        {
            "config": asked["config"],
            "env": asked["env"],
            "platform": asked["platform"],
            "overrides": (),
            "is_debugging": asked["is_debugging"],
        }
    )
    chosen = Selection(asked["condition"], asked["rule"])
    with Lakehouse.open(place) as lakehouse:
        done = fix(lakehouse, table, chosen, asked["changes"], is_dry_run=asked["is_dry_run"])
    click.echo(json.dumps(asdict(done)) if asked["is_json"] else render_fixed(done))
