"""`tidegate dag`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack

_KINDS = ("svg", "png", "mmd", "json")


@click.command("dag")
@click.argument("name")
@click.option("--out", "out", type=click.Path(dir_okay=False), help="A file that ends in .svg, .png, .mmd or .json.")
@with_configuration
def command(name: str, *, out: str | None, **where: Unpack[Where]) -> None:
    """Draw the pipeline NAME, its jobs coloured by how they ended in its last run. Spark is not started.

    Without --out the text of a Mermaid flowchart goes to standard output. Pictures need the extra `dag`.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.pipelines import drawing_of, render_drawing  # noqa: PLC0415

    kind = out.rpartition(".")[2] if out else "mmd"
    if kind not in _KINDS:
        raise click.UsageError(f"--out ends in one of: {', '.join(f'.{kind}' for kind in _KINDS)}")
    with Lakehouse.open(arguments(where)) as lakehouse:
        content = render_drawing(drawing_of(lakehouse, name), kind)
    if out is None:
        click.echo(content.decode(), nl=False)
        return
    Path(out).write_bytes(content)
    click.echo(f"wrote {out}")
