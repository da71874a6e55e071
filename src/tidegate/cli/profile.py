"""`tidegate profile`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tidegate.cli.data_options import DataOptions, data_of, report_options, with_data, write_report
from tidegate.cli.options import Where, arguments, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Asked(Where, DataOptions):
    """What the options say."""

    out: str | None
    table: str | None


@click.command("profile")
@click.argument("data")
@click.option("--out", metavar="FILE", help="Write a contract that the data hold there, such as orders.odcs.yaml.")
@click.option("--table", metavar="TABLE", help="The table that the contract is about; told by the place of --out.")
@with_data
@report_options
@with_configuration
def command(data: str, **asked: Unpack[Asked]) -> None:
    """Say what is in DATA: a file, a folder, a table such as silver.orders, or a database's table or query.

    Types, nulls, ranges, different and frequent values, shapes, keys, references to tables, personal data (of which no
    value is shown). With --out the data are held against the proposed contract too, and what does not hold is left out.
    """
    from tidegate.factory.profile_document import profile_document  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.profile_page import profile_page, profile_text  # noqa: PLC0415
    from tidegate.factory.profiling import profile_data, table_named, write_contract  # noqa: PLC0415
    from tidegate.factory.projects import open_project  # noqa: PLC0415
    from tidegate.model.names import TableName  # noqa: PLC0415

    named, out = data_of(data, asked), asked["out"]
    table = TableName.parse(table_named(named, out, asked["table"]))
    with open_project(arguments(asked)) as lakehouse:
        profile = profile_data(lakehouse, named, table, is_verified=out is not None)
    if out is not None:
        write_contract(profile, out)
        click.echo(f"written: {out}", err=True)
    texts = {
        "html": lambda: profile_page(profile),
        "json": lambda: json.dumps(profile_document(profile), allow_nan=False),
        "text": lambda: profile_text(profile),
    }
    write_report(texts[asked["report"]](), asked["file"])
