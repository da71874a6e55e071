"""`tidegate dlq expire`."""

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

    older: str
    is_dry_run: bool
    is_json: bool


@click.command("expire")
@click.argument("letter", metavar="[ID]", required=False)
@click.option("--older-than", "older", required=True, metavar="30d", help="How long they are kept; d, w, m or y.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would go; remove nothing.")
@with_configuration
@json_option
def command(letter: str | None, **asked: Unpack[Asked]) -> None:
    """Remove messages that were set aside longer ago, in whole days (UTC); or, with the ID of records, these.

    With the records goes all else that was set aside of their table before that day, as with `quarantine expire`. A
    batch goes when a run of its job is good.
    """
    from tidegate.factory.dead_letters import expire_messages, expire_one  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415
    from tidegate.factory.render_quarantine import render_expired  # noqa: PLC0415

    older, is_dry_run = asked["older"], asked["is_dry_run"]
    with Lakehouse.open(arguments(asked)) as lakehouse:
        if letter is not None:
            done = expire_one(lakehouse, letter, older, is_dry_run=is_dry_run)
            click.echo(json.dumps(asdict(done)) if asked["is_json"] else render_expired(done))
            return
        gone = expire_messages(lakehouse, older, is_dry_run=is_dry_run)
    verb = "would be removed" if is_dry_run else "removed"
    told = {"messages": [one.id for one in gone], "is_dry_run": is_dry_run}
    click.echo(json.dumps(told) if asked["is_json"] else f"{len(gone):,} messages {verb}")
