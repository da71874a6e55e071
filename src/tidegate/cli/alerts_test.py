"""`tidegate alerts test`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, json_option, settings_of, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("test")
@click.option("--sink", default=None, help="Only this one of alerts.sinks, by its name.")
@with_configuration
@json_option
def command(*, sink: str | None, is_json: bool, **where: Unpack[Where]) -> None:
    """Send one test alert to every place that the settings name, and wait for what becomes of it.

    Exit code 0 when all took it, 1 otherwise. Spark is not started.
    """
    from tidegate.factory.alerting import send_test_alert  # noqa: PLC0415 - not needed for --help

    answers = send_test_alert(settings_of(where), os.environ, sink)
    if is_json:
        click.echo(json.dumps({"sinks": {name: asdict(answer) for name, answer in answers.items()}}))
    elif not answers:
        click.echo("alerts go to the log only (alerts.sinks is empty)")
    for name, answer in () if is_json else answers.items():
        click.echo(f"{'ok     ' if answer.kind == 'taken' else 'PROBLEM'} {name:<14} {answer.reason or answer.kind}")
    sys.exit(0 if all(answer.kind == "taken" for answer in answers.values()) else 1)
