"""`tidegate init`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from tidegate.errors import ConfigError

PARTS = ("jobs", "config", "contracts", "dbt")

_GITIGNORE = "data/\n__pycache__/\n"
_NEXT = """{target}: {files} files

What to do next:
  cd {target}
  tidegate jobs              the jobs and pipelines there are
  tidegate run demo          land real data and run the pipeline `retail` on it (needs tidegate[demo])
  tidegate plan retail       what the next run would read
  tidegate doctor            what is missing on this machine
"""


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
def command(directory: Path) -> None:
    """Make a new project in DIRECTORY: jobs, config, contracts and dbt of a whole small lakehouse."""
    taken = [part for part in PARTS if (directory / part).exists()]
    if taken:
        raise ConfigError(
            f"{directory} has {', '.join(taken)} already", where=str(directory), hint="choose a new or empty folder"
        )
    source = _template()
    for part in PARTS:
        shutil.copytree(
            source / part, directory / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "target", "logs")
        )
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text(_GITIGNORE, encoding="utf-8")
    files = sum(1 for part in PARTS for path in (directory / part).rglob("*") if path.is_file())
    click.echo(_NEXT.format(target=directory, files=files), nl=False)


def _template() -> Path:
    package = Path(__file__).resolve().parents[1]
    installed = package / "_template"
    checkout = package.parents[1]
    source = installed if installed.is_dir() else checkout
    missing = [part for part in PARTS if not (source / part).is_dir()]
    if missing:
        raise ConfigError(
            f"this installation of tidegate lacks its template: {', '.join(missing)}",
            where=str(source),
            hint="install tidegate from its wheel",
        )
    return source
