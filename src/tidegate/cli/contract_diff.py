"""`tidegate contract diff`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, json_option, settings_of, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Asked(Where):
    """What the options say."""

    table: str | None
    has_consumers: bool
    is_json: bool


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--table", metavar="TABLE", help="The table, where neither document lies at its place in the project.")
@click.option(
    "--consumers/--no-consumers",
    "has_consumers",
    default=True,
    help="Whether to look for whom it concerns in the project; without, no project is needed.",
)
@with_configuration
@json_option
def command(old: str, new: str, **asked: Unpack[Asked]) -> None:
    """Say what changed between two versions of a contract: what is breaking, additive or compatible, and for whom.

    OLD and NEW are files, or REVISION:path of git, such as main:contracts/silver/orders.odcs.yaml. The version that the
    changes call for is told as well. Spark is not started. Exit code 3 where a change is breaking.
    """
    from tidegate.factory.diffing import diff_contracts  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.render_changes import render_changes  # noqa: PLC0415

    settings = None
    if asked["has_consumers"]:
        settings = settings_of(asked)
    found = diff_contracts(settings, old, new, asked["table"])
    compared = found.comparison
    if asked["is_json"]:
        places = {change: place for place, change in enumerate(compared.changes)}
        consumers = [
            {**vars(consumer), "changes": [places[change] for change in consumer.changes]}
            for consumer in found.consumers
        ]
        document = {
            "table": str(compared.new.table),
            "old": {"document": compared.old.location, "version": compared.old.version},
            "new": {"document": compared.new.location, "version": compared.new.version},
            "is_breaking": compared.is_breaking,
            "step": compared.step,
            "needed_version": compared.needed,
            "is_version_enough": compared.is_version_enough,
            "changes": list(map(asdict, compared.changes)),
            "consumers": consumers,
        }
        click.echo(json.dumps(document))
    else:
        click.echo(render_changes(found))
    sys.exit(3 if compared.is_breaking else 0)
