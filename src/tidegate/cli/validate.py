"""`tidegate validate`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from tidegate.cli.data_options import DataOptions, data_of, report_options, with_data, write_report
from tidegate.cli.options import Where, arguments, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Asked(Where, DataOptions):
    """What the options say."""

    contract: str
    sample: float
    examples: int


@click.command("validate")
@click.argument("data")
@click.option("--contract", required=True, metavar="FILE|TABLE", help="A contract's file, or the name of its table.")
@click.option(
    "--sample",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    metavar="SHARE",
    help="Look at this share of the rows only, such as 0.1.",
)
@click.option(
    "--examples",
    type=click.IntRange(0, 100),
    default=3,
    show_default=True,
    help="Rows to show per rule that some fail, as JSON or HTML; 0 spares a pass over the data.",
)
@with_data
@report_options
@with_configuration
def command(data: str, **asked: Unpack[Asked]) -> None:
    """Check DATA against a contract: a file, a folder, a table such as silver.orders, or a database's table or query.

    Nothing is written but the report. Values of columns that the contract classifies are masked in it. Exit code 0
    when the data pass, 3 when they do not.
    """
    from tidegate.contracts.validation import Look  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.projects import open_project  # noqa: PLC0415
    from tidegate.factory.validation import validate_data  # noqa: PLC0415
    from tidegate.factory.validation_page import validation_page, validation_text  # noqa: PLC0415

    report = asked["report"]
    look = Look(asked["sample"], asked["examples"] if report != "text" else 0)
    with open_project(arguments(asked)) as lakehouse:
        validated = validate_data(lakehouse, data_of(data, asked), asked["contract"], look)
    texts = {
        "html": lambda: validation_page(validated),
        "json": lambda: json.dumps(validated.document()),
        "text": lambda: validation_text(validated),
    }
    write_report(texts[report](), asked["file"])
    sys.exit(3 if validated.is_refused else 0)
