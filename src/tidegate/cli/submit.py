"""`tidegate submit`."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, TypedDict

import click

from tidegate.cli.options import json_option, with_environment
from tidegate.model.releases import PLATFORMS

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tidegate.factory.submitting import Submitted
    from tidegate.model.releases import RunPlatform


class Asked(TypedDict):
    """What the options say."""

    config: str
    env: str
    is_debugging: bool
    platform: RunPlatform
    target: str | None
    release: str | None
    is_waiting: bool
    timeout_seconds: int | None
    is_json: bool


@click.command("submit")
@click.argument("name")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--platform", type=click.Choice(PLATFORMS), required=True, help="Where it is run.")
@click.option("--on", "target", metavar="ID", help="Cluster, application or Glue job; the release's own when left out.")
@click.option("--release", metavar="ID", help="A release; the one in force when left out.")
@click.option("--wait", "is_waiting", is_flag=True, help="Follow states and log to the end; Ctrl-C cancels the run.")
@click.option("--timeout", "timeout_seconds", type=click.IntRange(1), metavar="SECONDS", help="How long it may take.")
@with_environment
@json_option
def command(name: str, arguments: tuple[str, ...], **asked: Unpack[Asked]) -> None:
    """Start the job or pipeline NAME of the deployed release on a platform.

    ARGUMENTS, after --, are the run's, such as `-- --set run.keep_going=false`. Exit code 0 when the run was started;
    with --wait that of the run, and 130 when it was cancelled by Ctrl-C.
    """
    from tidegate.config import load_settings  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.submitting import Request, submit  # noqa: PLC0415

    settings = load_settings(asked["config"], asked["env"], environ=os.environ)
    request = Request(
        name,
        asked["platform"],
        arguments,
        asked["target"],
        asked["release"],
        is_waiting=asked["is_waiting"],
        timeout_seconds=asked["timeout_seconds"],
    )
    done = submit(settings, request, lambda line: click.echo(line, err=True))
    if asked["is_json"]:
        click.echo(json.dumps(_document(asked["platform"], done)))
    elif done.state:
        click.echo(f"{done.state.name}{f': {done.state.reason}' if done.state.reason else ''}")
    else:
        click.echo(done.started.run_id)
    sys.exit(done.exit_code)


def _document(platform: str, done: Submitted) -> dict[str, object]:
    return {
        "platform": platform,
        "run_id": done.started.run_id,
        "on": done.started.where,
        "look": done.started.look,
        "release": done.released.release.id,
        "manifest": done.released.manifest,
        "state": done.state.name if done.state else None,
        "reason": done.state.reason if done.state else None,
        "exit_code": done.state.exit_code if done.state else None,
    }
