"""`tidegate erase`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Unpack

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.erasures import Erasure, Subject


class Asked(Where):
    """What the options say."""

    subject: str | None
    is_finishing: bool
    is_dry_run: bool
    at_once: bool
    is_sure: bool
    is_json: bool


@click.command("erase")
@click.option("--subject", default=None, metavar="COLUMN=VALUE", help="The person; COLUMN=- reads the value.")
@click.option("--finish", "is_finishing", is_flag=True, help="Take up all erasures that are not complete.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Count the person's rows; change nothing.")
@click.option("--now", "at_once", is_flag=True, help="Remove the files of old versions at once; nothing may run.")
@click.option("--yes", "is_sure", is_flag=True, help="Do it without asking.")
@with_configuration
@json_option
def command(**asked: Unpack[Asked]) -> None:
    """Remove a person from all tables, from bronze to gold and the quarantine, for good, and keep them out.

    Prints the proof, which is also kept below _tidegate/erasures. Asks first, unless --yes or --json is given. Old
    versions of tables hold the person until their files go: by upkeep, by --finish once the deadline has come, or by
    --now.
    """
    from tidegate.factory.erasing import finish_erasures, planned_erasure  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415

    if bool(asked["subject"]) == asked["is_finishing"]:
        raise click.UsageError("give either --subject COLUMN=VALUE or --finish")
    with Lakehouse.open(arguments(asked)) as lakehouse:
        if asked["is_finishing"]:
            _show(finish_erasures(lakehouse, at_once=asked["at_once"]), is_json=asked["is_json"])
            return
        subject = _subject(asked["subject"] or "")
        if asked["is_dry_run"]:
            _show([planned_erasure(lakehouse, subject)], is_json=asked["is_json"])
            return
        _erase(lakehouse, subject, asked)


def _erase(lakehouse: Lakehouse, subject: Subject, asked: Asked) -> None:
    from tidegate.factory.erasing import erase, planned_erasure  # noqa: PLC0415 - not needed for --help

    if not asked["is_sure"] and not asked["is_json"]:
        _show([planned_erasure(lakehouse, subject)], is_json=False)
        if not click.confirm("\nErase for good?", default=False):
            click.echo("nothing was changed")
            sys.exit(1)
    _show([erase(lakehouse, subject, at_once=asked["at_once"])], is_json=asked["is_json"])


def _subject(text: str) -> Subject:
    """Return the subject; a value that is read from input stands in no list of processes and no history."""
    from tidegate.model.erasures import Subject  # noqa: PLC0415 - not needed for --help

    column, _, value = text.partition("=")
    return Subject.parse(f"{column}={sys.stdin.readline().strip()}" if value == "-" else text)


def _show(proofs: Sequence[Erasure], *, is_json: bool) -> None:
    from tidegate.factory.erasing import render_erasures  # noqa: PLC0415 - not needed for --help

    if is_json:
        click.echo(proofs[0].to_json() if len(proofs) == 1 else f"[{', '.join(one.to_json() for one in proofs)}]")
    else:
        click.echo(render_erasures(proofs))
