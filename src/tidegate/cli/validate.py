"""`tidegate validate`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tidegate.factory.validation import Format


_FORMATS = ("jsonl", "csv", "xml", "parquet")


@click.command("validate")
@click.argument("data")
@click.option("--contract", required=True, help="A contract's file, or the name of its table.")
@click.option("--format", "data_format", type=click.Choice(_FORMATS), help="Format of the files.")
@with_configuration
@json_option
def command(data: str, contract: str, data_format: Format | None, *, is_json: bool, **where: Unpack[Where]) -> None:
    """Check DATA (a file, a folder, or a table such as silver.orders) against a contract. Nothing is written.

    Exit code 0 when it passes, 3 when it does not.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.render import table  # noqa: PLC0415
    from tidegate.factory.validation import validate_data  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        verdict = validate_data(lakehouse, data, contract, data_format)
    if is_json:
        rules = [asdict(rule) for rule in verdict.results]
        click.echo(json.dumps({"is_refused": verdict.is_refused, "rows": verdict.rows, "rules": rules}))
    else:
        rows = [
            [rule.id, rule.severity, f"{rule.failed:,}", f"{rule.checked:,}", rule.status] for rule in verdict.results
        ]
        click.echo("\n".join(table(["rule", "severity", "failed", "checked", "status"], rows, left=2)))
        click.echo(f"\n{data}: {'REFUSED' if verdict.is_refused else 'passed'}, {verdict.rows:,} rows")
    sys.exit(3 if verdict.is_refused else 0)
