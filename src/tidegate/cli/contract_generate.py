"""`tidegate contract generate`."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, json_option, settings_of, with_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from tidegate.contracts.outputs.artefacts import State


class Asked(Where):
    """What the options say."""

    kinds: str
    out: str | None
    is_check: bool
    is_json: bool


@click.command("generate")
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@click.option(
    "--kind",
    "kinds",
    default="",
    metavar="A,B",
    help="Only these: access, ddl, dbt, dictionary, gx, data; all by default.",
)
@click.option("--check", "is_check", is_flag=True, help="Write nothing; end with 2 where a file is not current.")
@click.option("--out", metavar="DIR", help="Write everything below DIR instead of where the settings say.")
@with_configuration
@json_option
def command(tables: tuple[str, ...], **asked: Unpack[Asked]) -> None:
    """Write what follows from the contracts of each TABLE, or of all: grants, DDL, suites, rows, pages, dbt's files.

    Files that are current are left alone; one that is left over from a contract that went is removed. Spark is not
    started. Exit code 2 where --check finds a file that is not current.
    """
    from tidegate.contracts.outputs.artefacts import states, write  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.generation import generate  # noqa: PLC0415

    settings = settings_of(asked)
    kinds = [kind.strip() for kind in asked["kinds"].split(",") if kind.strip()]
    found = generate(settings, tables, kinds=kinds, out=asked["out"])
    before = (states if asked["is_check"] else write)(found.artefacts, found.folders)
    if asked["is_json"]:
        click.echo(json.dumps({"files": [{"file": file, "was": state} for file, state in before.items()]}))
    else:
        _report(before, is_check=asked["is_check"])
    is_current = all(state == "current" for state in before.values())
    sys.exit(2 if asked["is_check"] and not is_current else 0)


def _report(before: Mapping[str, State], *, is_check: bool) -> None:
    from tidegate.contracts.outputs.artefacts import COMMAND  # noqa: PLC0415 - not needed for --help

    changed = {file: state for file, state in before.items() if state != "current"}
    for file, state in changed.items():
        done = state if is_check else "removed" if state == "left over" else "written"
        click.echo(f"{done:<9} {os.path.relpath(file) if file.startswith('/') else file}")
    if changed and is_check:
        click.echo(f"{len(changed)} of {len(before)} files do not fit their contracts; run: {COMMAND}", err=True)
    elif not is_check or not changed:
        click.echo(f"{len(before) - len(changed)} of {len(before)} files were current")
