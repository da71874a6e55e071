"""`tidegate maintain`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tidegate.factory.upkeep import Maintained

_MIB = 1024**2
_EVENTS = "events"


@click.command("maintain")
@click.argument("table")
@click.option("--explain", "is_explaining", is_flag=True, help="Only show what would be done and why, without Spark.")
@with_configuration
@json_option
def command(table: str, *, is_explaining: bool, is_json: bool, **where: Unpack[Where]) -> None:
    """Keep TABLE (such as silver.orders) in order; `events` for the lineage events of the days before today.

    Late rows that wait beside it are folded in.
    Small and much deleted files are rewritten where that is worth it, sorted as merges look for rows, and files that no
    version within the retention needs are removed. No row changes.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.upkeep import maintain  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        if table == _EVENTS:
            click.echo(_compacted(lakehouse.settings.storage.root, is_json=is_json))
            return
        done = maintain(lakehouse, table, is_explaining=is_explaining)
    click.echo(json.dumps(asdict(done)) if is_json else _text(done, is_explaining=is_explaining))


def _compacted(root: str, *, is_json: bool) -> str:
    from tidegate.lineage.compaction import compact_events  # noqa: PLC0415 - as above

    done = compact_events(root, before=datetime.now(tz=timezone.utc).date().isoformat())
    if is_json:
        return json.dumps(asdict(done))
    return f"events: {done.files:,} files of {done.days:,} days became one file a day"


def _text(done: Maintained, *, is_explaining: bool) -> str:
    width = max(len(decision.what) + len(decision.choice) for decision in done.decisions) + 2
    lines = [f"{done.table}: {_files(done.files_before, done.bytes_before)}"]
    lines += [f"  {f'{known.what}: {known.choice}':<{width}}  {known.why}" for known in done.decisions]
    if not is_explaining:
        did = f"compacted to {_files(done.files_after, done.bytes_after)}" if done.is_compacted else "not compacted"
        folded = f"{done.folded_rows:,} late rows folded in; " if done.folded_rows else ""
        lines.append(f"{folded}{did}; {done.expired_files:,} files expired")
    return "\n".join(lines)


def _files(count: int, size: int) -> str:
    return f"{count:,} files, {size / _MIB:,.1f} MiB"
