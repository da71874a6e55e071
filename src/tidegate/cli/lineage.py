"""`tidegate lineage`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.factory.lineage import PlaceAnswer, TraceAnswer
    from tidegate.lineage.graph import Direction


@click.command("lineage")
@click.argument("name")
@click.option("--upstream", "direction", flag_value="upstream", help="What it is made of (the default).")
@click.option("--downstream", "direction", flag_value="downstream", help="What is made of it.")
@click.option("--as-of", default=None, metavar="RUN", help="As it was when this run ended.")
@click.option("--batch", default=None, type=click.IntRange(0), help="The rows of this batch of the table.")
@click.option("--scope", default="live", show_default=True, help="With --batch: live, or the name of a backfill.")
@click.option("--run", "run_id", default=None, metavar="RUN", help="The rows that this run wrote to the table.")
@click.option("--format", "form", default="text", show_default=True, type=click.Choice(["text", "json", "mmd"]))
@with_configuration
def command(  # noqa: PLR0913 - one per option
    *,
    name: str,
    direction: Direction | None,
    as_of: str | None,
    batch: int | None,
    scope: str,
    run_id: str | None,
    form: str,
    **where: Unpack[Where],
) -> None:
    """Say what NAME is made of, or what is made of it, without Spark.

    NAME is a table (silver.orders), a column (gold.fact_orders.sales_eur), or a file of the landing zone
    (orders/2024-01-01.csv), of which it is said what its rows have gone to.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lineage import PlaceAnswer  # noqa: PLC0415

    if sum(given is not None for given in (as_of, batch, run_id)) > 1:
        raise click.UsageError("give one of --as-of, --batch and --run")
    with Lakehouse.open(arguments(where)) as lakehouse:
        answer = _answer(lakehouse, name, direction, (as_of, batch, run_id), scope)
    click.echo(_place(answer, form) if isinstance(answer, PlaceAnswer) else _trace(answer, form))


def _answer(
    lakehouse: Lakehouse,
    name: str,
    direction: Direction | None,
    chosen: tuple[str | None, int | None, str | None],
    scope: str,
) -> PlaceAnswer | TraceAnswer:
    from tidegate.factory import lineage  # noqa: PLC0415 - as above

    as_of, batch, run_id = chosen
    if batch is not None:
        return lineage.batch_lineage(lakehouse, name, batch, scope, direction or "downstream")
    if run_id is not None:
        return lineage.run_lineage(lakehouse, name, run_id, direction or "downstream")
    if "/" in name and as_of is None:
        return lineage.file_lineage(lakehouse, name)
    return lineage.place_lineage(lakehouse, name, direction or "upstream", as_of=as_of)


def _place(answer: PlaceAnswer, form: str) -> str:
    from tidegate.factory import render_lineage as render  # noqa: PLC0415 - as above

    if form == "json":
        return json.dumps(render.place_document(answer))
    return render.diagram(answer) if form == "mmd" else render.render_place(answer)


def _trace(answer: TraceAnswer, form: str) -> str:
    from tidegate.factory import render_lineage as render  # noqa: PLC0415 - as above

    if form == "json":
        return json.dumps(asdict(answer))
    return render.trace_diagram(answer) if form == "mmd" else render.render_trace(answer)
