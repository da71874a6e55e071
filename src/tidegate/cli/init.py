"""`tidegate init`."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import click

from tidegate.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parents[1]
_SCHEMAS = "config/schema"  # for editors; the same for every project
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "target", "logs")
_GITIGNORE = "data/\n__pycache__/\n"


@dataclass(frozen=True)
class Template:
    """A project to begin with.

    Attributes:
        place: The folder of it.
        parts: Folders and files of that folder that belong to it.
        steps: What to do next, a command and its meaning each.
    """

    place: Path
    parts: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]


def _reference() -> Path:
    """Return the folder of the reference lakehouse: a wheel carries it along, a checkout is it."""
    installed = _PACKAGE / "_template"
    return installed if installed.is_dir() else _PACKAGE.parents[1]


def _templates() -> dict[str, Template]:
    jobs = ("tidegate jobs", "the jobs and pipelines there are")
    doctor = ("tidegate doctor", "what is missing on this machine")
    return {
        "retail": Template(
            _reference(),
            ("jobs", "config", "contracts", "dbt"),
            (
                jobs,
                ("tidegate run demo", "land real data and run the pipeline `retail` on it (needs tidegate[demo])"),
                ("tidegate plan retail", "what the next run would read"),
                doctor,
            ),
        ),
        "starter": Template(
            _PACKAGE / "_starter",
            ("jobs", "config", "contracts", "landing", "tests", "README.md"),
            (
                jobs,
                ("tidegate run shop", "take what is in `landing` to bronze and silver"),
                ("tidegate quarantine show silver.orders", "the row that did not pass, and why"),
                doctor,
            ),
        ),
    }


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--template",
    "name",
    type=click.Choice(["retail", "starter"]),
    default="retail",
    show_default=True,
    help="retail: a whole small lakehouse on real data, with gold by dbt. starter: one table in bronze and in silver.",
)
def command(directory: Path, name: str) -> None:
    """Make a new project in DIRECTORY."""
    template = _templates()[name]
    taken = [part for part in template.parts if (directory / part).exists()]
    if taken:
        raise ConfigError(
            f"{directory} has {', '.join(taken)} already", where=str(directory), hint="choose a new or empty folder"
        )
    _check_whole(template.place, template.parts)
    files = _copied(template, directory)
    width = max(len(typed) for typed, _ in template.steps)
    lines = [f"{directory}: {files} files", "", "What to do next:", f"  cd {directory}"]
    click.echo("\n".join([*lines, *(f"  {typed:{width}}  {meaning}" for typed, meaning in template.steps)]))


def _copied(template: Template, directory: Path) -> int:
    """Copy a template, and return how many files there are now."""
    directory.mkdir(parents=True, exist_ok=True)
    for part in template.parts:
        source = template.place / part
        if source.is_dir():
            shutil.copytree(source, directory / part, ignore=_LEFT_OUT)
        else:
            shutil.copy2(source, directory / part)
    if not (directory / _SCHEMAS).exists():
        _check_whole(_reference(), (_SCHEMAS,))
        shutil.copytree(_reference() / _SCHEMAS, directory / _SCHEMAS)
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text(_GITIGNORE, encoding="utf-8")
    parts = [directory / part for part in template.parts]
    return sum(1 for part in parts for path in (part, *part.rglob("*")) if path.is_file())


def _check_whole(place: Path, parts: tuple[str, ...]) -> None:
    missing = [part for part in parts if not (place / part).exists()]
    if missing:
        raise ConfigError(
            f"this installation of tidegate lacks its template: {', '.join(missing)}",
            where=str(place),
            hint="install tidegate from its wheel",
        )
