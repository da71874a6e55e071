"""Options of the commands that look at data: which data, and where the report goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

import click

if TYPE_CHECKING:
    from tidegate.cli.options import Command
    from tidegate.factory.data import Data, Format

_FORMATS = ("jsonl", "csv", "xml", "parquet")


class DataOptions(TypedDict):
    """What the options say."""

    connection: str | None
    data_format: Format | None
    data_options: tuple[str, ...]
    report: Literal["text", "json", "html"]
    file: str | None


def with_data(command: Command) -> Command:
    """Give a command the options that say how its DATA is read."""
    for option in (
        click.option(
            "--option", "data_options", multiple=True, metavar="NAME=VALUE", help="Option of the format; repeatable."
        ),
        click.option("--data-format", type=click.Choice(_FORMATS), help="Format of the files; told by their ending."),
        click.option(
            "--connection",
            metavar="NAME",
            help="DATA is a table or a query (select …) of this database of the settings.",
        ),
    ):
        command = option(command)
    return command


def report_options(command: Command) -> Command:
    """Give a command the options that say what its report is, and where it goes."""
    for option in (
        click.option("--report", "file", metavar="FILE", help="Write the report there, not to standard output."),
        click.option("--json", "report", flag_value="json", help="The same as --format json."),
        click.option(
            "--format",
            "report",
            type=click.Choice(["text", "json", "html"]),
            default="text",
            show_default=True,
            help="What the report is.",
        ),
    ):
        command = option(command)
    return command


def data_of(name: str, asked: DataOptions) -> Data:
    """Return the data that the options mean.

    Raises:
        UsageError: An option of the format is not NAME=VALUE.
    """
    from tidegate.factory.data import Data  # noqa: PLC0415 - not needed for --help

    pairs = [text.partition("=") for text in asked["data_options"]]
    if wrong := [text for text, (key, sign, _) in zip(asked["data_options"], pairs, strict=True) if not (key and sign)]:
        raise click.UsageError(f"--option {wrong[0]!r} is not NAME=VALUE")
    options = tuple((key, value) for key, _, value in pairs)
    return Data(name, asked["connection"], asked["data_format"], options)


def write_report(text: str, file: str | None) -> None:
    """Print a report, or write it to a file.

    Raises:
        UsageError: The file cannot be written.
    """
    if file is None:
        click.echo(text)
        return
    try:
        Path(file).write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"written: {file}", err=True)
