"""Pull the records of an HTTP API into files, and tell how far they reach. No Spark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import SourceError
from tidegate.model.declarations import Snapshot
from tidegate.sources.cursor_values import read_value
from tidegate.sources.cursors import Reach, limited, span_of, steps_of, text_before
from tidegate.sources.json_pages import value_at

if TYPE_CHECKING:
    from tidegate.model.cursors import CursorKind, CursorMark
    from tidegate.model.declarations import Api, Cursor
    from tidegate.sources.cursors import CursorSpan, Limit
    from tidegate.sources.json_pages import Json, Record
    from tidegate.sources.pages import Pages

MOST_FIELDS = 1_000
SEPARATOR = "\t"

_FILE_CHARACTERS = 8 * 1024 * 1024


@dataclass(frozen=True)
class Gathered:
    """What was pulled of a source.

    Attributes:
        span: The values of the cursor that were read; None where nothing is new, or there is no cursor.
        fields: Names of the records' fields, sorted.
        records: Number of records in the files.
    """

    span: CursorSpan | None
    fields: tuple[str, ...]
    records: int


class RecordFiles:
    """Files of a folder that take records one by one: a line each, its cursor's steps and a tab before it."""

    def __init__(self, folder: str) -> None:
        """Write nothing yet."""
        self._folder = folder
        self._lines: list[str] = []
        self._size = self._files = 0
        self.records = 0

    def add(self, record: Record, steps: int | None) -> None:
        """Take a record; what was taken is written whenever it fills a file."""
        line = f"{'' if steps is None else steps}{SEPARATOR}{record.text}\n"
        self._lines.append(line)
        self._size += len(line)
        self.records += 1
        if self._size >= _FILE_CHARACTERS:
            self._flush()

    def close(self) -> None:
        """Write what is left; without any record, a file of none."""
        if self._lines or not self._files:
            self._flush()

    def _flush(self) -> None:
        data = "".join(self._lines).encode("utf-8")
        storage.write_new(storage.join(self._folder, f"part-{self._files:05}.txt"), data)
        self._lines, self._size, self._files = [], 0, self._files + 1


def gather(
    pages: Pages, declared: Api, known: CursorMark | None, folder: str, *, limit: Limit | None = None
) -> Gathered:
    """Return how far a source reaches, once its records are in files of a folder.

    Records before those that the run has to read, which an API may also give, are left out.

    Args:
        pages: Asks the API.
        declared: The source.
        known: How far it has been read; None where it has not, or has no cursor.
        folder: Folder that the files are written to.
        limit: Up to where it is read at most; None for all there is.

    Raises:
        SourceError: The API cannot be read, records have no cursor value, or the source went backwards.
        JobDefinitionError: The overlap does not fit the cursor.
    """
    files = RecordFiles(folder)
    if isinstance(declared.by, Snapshot):
        for records in pages.read():
            for record in records:
                files.add(record, None)
        files.close()
        return Gathered(None, (), files.records)
    tally = _Tally(declared, _read_again(declared.by, known, declared.label), limit)
    for records in pages.read(tally.since):
        for record in records:
            steps, is_wanted = tally.take(record)
            if is_wanted:
                files.add(record, steps)
    files.close()
    if known and not tally.total and declared.since:
        _check_empty(pages, declared, known)
    reach = limited(tally.reach, limit, declared.label)
    span = span_of(declared.by, reach, known, where=declared.label)
    return Gathered(span if tally.has_news(span) else None, tuple(sorted(tally.fields)), files.records)


class _Tally:
    """What is to be known of the records, in bounded memory."""

    def __init__(self, declared: Api, again: CursorSpan | None, limit: Limit | None) -> None:
        """Begin with nothing.

        Args:
            declared: The source.
            again: What has been read before and is read again; None on the first run.
            limit: Up to where is read; None for all there is.
        """
        self._declared, self._again, self._limit = declared, again, limit
        self._name = declared.cursor.column.strip('"`')
        self._kind: CursorKind = again.kind if again else "sequence"
        self._newest: int | None = None
        self._missing = self._repeated = self.total = 0
        self.fields: set[str] = set()

    @property
    def since(self) -> str | None:
        """What the API is asked for records from; None for all."""
        return text_before(self._again) if self._again else None

    @property
    def reach(self) -> Reach:
        """What the records say of the cursor."""
        return Reach(self._kind, self._newest, self._missing)

    def take(self, record: Record) -> tuple[int | None, bool]:
        """Return the steps of a record's cursor, and whether the run wants the record."""
        self.total += 1
        found = read_value(self._value(record.value))
        if found is None:
            self._missing += 1
            return None, False
        kind, steps = found
        if self._newest is not None and kind != self._kind:
            raise SourceError(
                f"{self._name} is of kind {self._kind} in some records, and of kind {kind} in others",
                where=self._declared.label,
                hint="a cursor is written one way in all records",
            )
        most = self._limit.steps(kind) if self._limit else None
        if most is not None and steps > most:
            return steps, False
        self._kind, self._newest = kind, steps if self._newest is None else max(self._newest, steps)
        again = self._again
        if again and again.lower is not None and steps < again.lower:
            return steps, False
        self._repeated += again is not None and steps <= again.upper
        self._note_fields(record.value)
        return steps, True

    def _value(self, record: Json) -> Json:
        """Return the cursor's value; None where the record has none."""
        if self._declared.cursor.is_nested:
            return value_at(record, self._name)
        return record.get(self._name) if isinstance(record, dict) else None

    def has_news(self, span: CursorSpan | None) -> bool:
        """Return whether there may be records that were not read: those read again are counted, not compared."""
        return span is not None and (span.known is None or span.moves or self._repeated != len(span.known.seen))

    def _note_fields(self, record: Json) -> None:
        self.fields.update(record if isinstance(record, dict) else ())
        if len(self.fields) > MOST_FIELDS:
            raise SourceError(
                f"the records have more than {MOST_FIELDS:,} fields of different names",
                where=self._declared.label,
                hint="names that are data cannot be columns; ask the API for a list of records",
            )


def _read_again(cursor: Cursor, known: CursorMark | None, where: str) -> CursorSpan | None:
    """Return the span of a source that has not moved since it was read."""
    if known is None:
        return None
    return span_of(cursor, Reach(known.kind, steps_of(known.value, known.kind)), known, where=where)


def _check_empty(pages: Pages, declared: Api, known: CursorMark) -> None:
    """Refuse a source that has records, but none from its greatest known value on.

    Raises:
        SourceError: It has: it went backwards.
    """
    if next(pages.read(), ()):
        raise SourceError(
            f"the source went backwards: {known.column} has been read up to {known.value}, and nothing is left from "
            "there on",
            where=declared.label,
            hint="its newest records were removed, or it was restored or replaced; rebuild the table that is made "
            "from it",
        )
