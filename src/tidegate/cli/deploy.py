"""`tidegate deploy`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, TypedDict

import click

from tidegate.cli.options import json_option, with_environment

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tidegate.factory.deploying import Deployment

_MOST_LINES = 40
_PREVIOUS = "the previous one"


class Asked(TypedDict):
    """What the options say."""

    config: str
    env: str
    is_debugging: bool
    is_dry: bool
    rollback: str | None
    is_json: bool


@click.command("deploy")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would change; build, upload and write nothing.")
@click.option(
    "--rollback",
    is_flag=False,
    flag_value=_PREVIOUS,
    metavar="[RELEASE]",
    help="Bring an earlier release into force: its id or manifest; the one before when left out.",
)
@with_environment
@json_option
def command(**asked: Unpack[Asked]) -> None:
    """Upload the project, the wheel of tidegate and the packages that runs need, and bring them into force.

    Everything is named by the hash of its content, so what is there already is not uploaded again, and deploying the
    same project twice does nothing. The second argument of runs, --config, may be the address of the manifest that is
    printed. Spark is not started.
    """
    from tidegate.config import load_settings  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.deploying import deploy, roll_back  # noqa: PLC0415

    settings = load_settings(asked["config"], asked["env"], environ=os.environ)
    is_dry, rollback = asked["is_dry"], asked["rollback"]
    if rollback is not None:
        done = roll_back(settings, None if rollback == _PREVIOUS else rollback, is_dry=is_dry)
    else:
        done = deploy(settings, asked["config"], is_dry=is_dry, tell=lambda line: click.echo(line, err=True))
    if asked["is_json"]:
        click.echo(json.dumps(_document(done, is_dry=is_dry)))
        return
    for line in _lines(done, is_dry=is_dry):
        click.echo(line)


def _document(done: Deployment, *, is_dry: bool) -> dict[str, object]:
    release = done.released.release
    return {
        "environment": release.environment,
        "release": None if is_dry and done.uploaded else release.id,
        "manifest": None if is_dry and done.uploaded else done.released.manifest,
        "changes": [{"sort": one.sort, "what": one.what, "detail": one.detail} for one in done.changes],
        "uploaded": list(done.uploaded),
        "is_new": done.is_new,
        "is_dry_run": is_dry,
    }


def _lines(done: Deployment, *, is_dry: bool) -> list[str]:
    released = done.released
    lines = [f"  {one.sort:<8} {one.what}{f': {one.detail}' if one.detail else ''}" for one in done.changes]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"  and {len(lines) - _MOST_LINES} more; --json has all"]
    if not done.is_new:
        return [f"nothing to do: {released.release.id} is in force", f"  {released.manifest}"]
    if is_dry:
        return [*lines, f"would upload: {', '.join(done.uploaded) or 'nothing'}", "dry run: nothing was written"]
    uploaded = f"uploaded: {', '.join(done.uploaded) or 'nothing'}"
    return [*lines, uploaded, f"in force: {released.release.id}", f"  {released.manifest}"]
