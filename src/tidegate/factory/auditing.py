"""The history of a table: every version with the run that made it, what it was made of, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.errors import SelectionError, TableError
from tidegate.factory.asked_tables import named_table
from tidegate.factory.lineage import paths_of
from tidegate.factory.render import table as text_table
from tidegate.factory.render_lineage import MOST_FILES, ways_text
from tidegate.lineage.history import read_events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.lineage.history import LineageEvent
    from tidegate.lineage.made_of import FieldUse, MadeOf
    from tidegate.tables.port import Version


@dataclass(frozen=True)
class Audited:
    """A version of a table.

    Attributes:
        version: Its number.
        made_at: When it was made (ISO 8601, UTC).
        operation: What made it, in the words of the format.
        is_restore: Whether it made the table what it had been before.
        job: The job that made it; None for another writer.
        run_id: Its run; None for another writer.
        batch: Number of its batch; None for another writer.
        scope: `live`, or what else the run was about; None for another writer.
        contract_version: Version of the contract that its rows passed.
        event_watermark: The greatest event time published up to it.
        reads: The tables that the run read, and up to which version.
        files: The landing files that it was made of.
        counts: Rows by what became of them; empty where no event tells.
        columns: Per column that is made otherwise than in the version before, what it is made of; empty where none is.
        rows: What decides which rows there are, where that is otherwise than before.
    """

    version: int
    made_at: str
    operation: str
    is_restore: bool
    job: str | None = None
    run_id: str | None = None
    batch: int | None = None
    scope: str | None = None
    contract_version: str | None = None
    event_watermark: str | None = None
    reads: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: tuple[str, ...] = ()


def audit(
    lakehouse: Lakehouse, name: str, *, since: date | None = None, until: date | None = None
) -> tuple[Audited, ...]:
    """Return the versions of a table, oldest first, as its own log has them; the events say how they were made.

    Args:
        lakehouse: The project.
        name: The table.
        since: The first day (UTC); None for no bound.
        until: The last day (UTC), inclusive; None for no bound.

    Raises:
        SelectionError: Nothing in the project has that name, or the last day is before the first.
        TableError: The table does not exist yet.
    """
    if since and until and until < since:
        raise SelectionError("the last day is before the first", where=f"--from {since}", hint="swap them")
    table = named_table(lakehouse, name)
    store = lakehouse.tables.store(table)
    versions = store.history(table)
    if not versions:
        raise TableError(f"{table} does not exist", where=store.location(table), hint="run the job that writes it")
    events = list(read_events(lakehouse.settings.storage.root))
    ended = {event.run_id: event for event in events if event.state != "START"}
    names = {(use.namespace, use.name): use.table for event in events for use in (*event.inputs, *event.outputs)}
    known = _Known(str(table), ended, names)
    found = [known.version(version) for version in versions]
    days = [version.made_at.date() for version in versions]
    is_within = [(since is None or day >= since) and (until is None or day <= until) for day in days]
    return tuple(one for one, within in zip(found, is_within, strict=True) if within)


class _Known:
    """What events tell of the runs that wrote a table; asked version by version, from the oldest."""

    def __init__(self, table: str, ended: Mapping[str, LineageEvent], names: Mapping[tuple[str, str], str]) -> None:
        self._table, self._ended, self._names = table, ended, names
        self._columns: dict[str, tuple[str, ...]] = {}
        self._rows: tuple[str, ...] = ()

    def version(self, version: Version) -> Audited:
        made_at, commit = version.made_at.isoformat(timespec="seconds"), version.commit
        if commit is None:
            return Audited(version.number, made_at, version.operation, version.is_restore)
        event = self._ended.get(commit.run_id)
        facts = event.facts if event else None
        made = next((use.made_of for use in event.outputs if use.table == self._table), None) if event else None
        columns, rows = self._changed(made) if made else ({}, ())
        return Audited(
            version=version.number,
            made_at=made_at,
            operation=version.operation,
            is_restore=version.is_restore,
            job=commit.token.job,
            run_id=commit.run_id,
            batch=commit.token.batch,
            scope=commit.token.scope,
            contract_version=commit.contract_version,
            event_watermark=commit.event_watermark,
            reads=tuple(f"{name} up to {number}" for name, number in sorted(commit.watermarks.items())),
            files=paths_of(version),
            counts=facts.counts if facts else {},
            columns=columns,
            rows=rows,
        )

    def _changed(self, made: MadeOf) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
        """Return what is made otherwise than in the version asked for before."""
        columns = {name: self._said(fields) for name, fields in made.columns.items()}
        rows = self._said(made.rows)
        changed = {name: said for name, said in columns.items() if self._columns.get(name) != said}
        gone = {name: () for name in self._columns if name not in columns}
        told = rows if rows != self._rows else ()
        self._columns, self._rows = columns, rows
        return {**changed, **gone}, told

    def _said(self, fields: Sequence[FieldUse]) -> tuple[str, ...]:
        return tuple(
            f"{self._names.get((one.namespace, one.name), one.name)}.{one.column}: {ways_text(one.ways, one.is_masked)}"
            for one in fields
        )


def render_audit(name: str, versions: Sequence[Audited]) -> str:
    """Return the history of a table as text."""
    if not versions:
        return f"{name}: no version was made in these days"
    lines = [f"{name}: {len(versions)} versions", ""]
    rows = [
        [
            str(one.version),
            one.made_at[:19],
            f"{one.job}, batch {one.batch} of {one.scope}" if one.job else one.operation or "another writer",
            f"{one.counts['published']:,}" if "published" in one.counts else "-",
            ", ".join(one.reads) or "-",
            one.contract_version or "-",
            one.run_id or "-",
        ]
        for one in versions
    ]
    lines += text_table(["version", "made", "by", "published", "read", "contract", "run"], rows, left=3)
    for one in versions:
        lines += _details(one)
    return "\n".join(lines)


def _details(one: Audited) -> list[str]:
    lines = []
    if one.files:
        more = [f"  and {len(one.files) - MOST_FILES:,} more"] if len(one.files) > MOST_FILES else []
        lines += ["", f"files of version {one.version}:", *(f"  {file}" for file in one.files[:MOST_FILES]), *more]
    if one.columns or one.rows:
        lines += ["", f"made otherwise from version {one.version} on:"]
        lines += [f"  {name}: {'; '.join(said) or 'of nothing'}" for name, said in one.columns.items()]
        lines += [f"  rows: {'; '.join(one.rows)}"] if one.rows else []
    return lines
