"""`tidegate contract show`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, json_option, settings_of, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tidegate.factory.showing import ShownContract


@click.command("show")
@click.argument("table")
@with_configuration
@json_option
def command(table: str, *, is_json: bool, **where: Unpack[Where]) -> None:
    """Show what the contract of TABLE asks: which rules are enforced, which cannot be, and what is kept without a rule.

    Each with its line in the document. Spark is not started.
    """
    from tidegate.factory.showing import show_contract  # noqa: PLC0415 - not needed for --help

    settings = settings_of(where)
    shown = show_contract(settings, table)
    if is_json:
        kept = [asdict(entry) for entry in shown.kept]
        head = {"table": str(shown.contract.table), "version": shown.contract.version}
        rules = {"enforced": list(map(asdict, shown.enforced)), "not_enforced": list(map(asdict, shown.refused))}
        click.echo(json.dumps({**head, "document": shown.contract.location, **rules, "kept": kept}))
    else:
        click.echo(_text(shown))


def _text(shown: ShownContract) -> str:
    from tidegate.factory.render import table  # noqa: PLC0415 - not needed for --help

    contract = shown.contract
    lines = [f"{contract.table}, version {contract.version}: {contract.location}", "", "Enforced by the gate:"]
    rules = [
        [str(rule.line or ""), rule.id, rule.kind, ", ".join(rule.columns), rule.severity, rule.scope]
        for rule in shown.enforced
    ]
    lines += table(["line", "rule", "kind", "columns", "severity", "scope"], rules, left=6)
    if shown.refused:
        refused = [[str(rule.line or ""), rule.id, str(rule.argument("reason"))] for rule in shown.refused]
        lines += [
            "",
            "Cannot be enforced, so the gate refuses to run:",
            *table(["line", "rule", "why"], refused, left=3),
        ]
    if shown.kept:
        kept = [[str(entry.line), entry.path, entry.use] for entry in shown.kept]
        lines += ["", "Not enforced:", *table(["line", "entry", "what becomes of it"], kept, left=3)]
    return "\n".join(lines)
