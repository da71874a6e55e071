"""One commit of a Delta log: who made it, what it says, and which files it adds and removes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tidegate.model.commits import Commit
from tidegate.tables.change_columns import IS_DELETED
from tidegate.tables.versions import is_erasure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What the commit says that only gives a table other types.
RESHAPED = '{"tidegate_evolution":"types"}'


@dataclass(frozen=True)
class FileChange:
    """A file that a commit adds to a table or removes from it.

    Attributes:
        path: Path of the file, as the log has it.
        rows: Rows that count: those in the file less those its deletion vector strikes out; None where the log does not
            say, or where some are hidden from readers.
        struck: Rows that the deletion vector strikes out.
        bytes: Size of the file.
        is_change: Whether the table's content changes by it; compaction only moves rows.
        is_partly_hidden: Whether it holds rows that deletes have left behind.
    """

    path: str
    rows: int | None
    struck: int
    bytes: int
    is_change: bool
    is_partly_hidden: bool = False


@dataclass(frozen=True)
class Entry:
    """One commit of a table, whoever made it.

    Attributes:
        version: The version it made.
        operation: What made it, such as `WRITE`, `MERGE`, `OPTIMIZE` or `RESTORE`.
        parameters: Parameters of the operation.
        metrics: Metrics of the operation.
        timestamp: When, in milliseconds since 1970.
        commit: Tidegate's facts; None where another writer made it, or where it restored a version.
        applications: Ids and versions of the transaction tokens it sets.
        added: Files it adds.
        removed: Files it removes.
        has_change_files: Whether its changed rows are in files of their own.
        is_reshaping: Whether tidegate gave the table other types by it, and no row another value.
        is_erasing: Whether it took away the rows of a person who was erased, and did nothing else.
    """

    version: int
    operation: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    timestamp: int = 0
    commit: Commit | None = None
    applications: tuple[str, ...] = ()
    added: tuple[FileChange, ...] = ()
    removed: tuple[FileChange, ...] = ()
    has_change_files: bool = False
    is_reshaping: bool = False
    is_erasing: bool = False

    @property
    def made_at(self) -> datetime:
        """When the version was made (UTC)."""
        return datetime.fromtimestamp(self.timestamp / 1_000, tz=timezone.utc)

    @property
    def is_restore(self) -> bool:
        """Whether it made the table what it had been at an earlier version."""
        return self.operation == "RESTORE"

    def metric(self, name: str) -> int | None:
        """Return a metric of the operation, or None where it was not recorded."""
        value = self.metrics.get(name)
        return int(value) if value is not None else None

    @property
    def new_files(self) -> tuple[FileChange, ...]:
        """Files with content that the table did not have; those that only got another deletion vector are not new."""
        old = {file.path for file in self.removed}
        return tuple(file for file in self.added if file.is_change and file.path not in old)

    @property
    def rows_changed(self) -> int | None:
        """Rows that the change feed shows as inserted or changed to; None where the log does not say."""
        if self.has_change_files:
            return self._rows_in_change_files()
        before = {file.path: file for file in self.removed if file.is_change}
        rows = 0
        for file in self.added:
            if not file.is_change:
                continue
            if file.path in before:  # only its deletion vector is another one
                old = before[file.path].struck
                if old and file.struck:
                    return None
                rows += max(old - file.struck, 0)
            elif file.rows is None:
                return None
            else:
                rows += file.rows
        return rows

    @property
    def takes_rows_away(self) -> bool:
        """Whether rows may have been deleted or replaced by it."""
        return any(file.is_change for file in self.removed)

    @property
    def rows_written(self) -> int | None:
        """Rows that a write put into the table, without those it copied because they shared a file with others."""
        written = self.metric("numOutputRows")
        return None if written is None else written - (self.metric("numCopiedRows") or 0)

    def _rows_in_change_files(self) -> int | None:
        if any(file.is_partly_hidden for file in self.added):
            return None
        if self.operation == "WRITE":
            return self.rows_written
        names = {
            "MERGE": ("numTargetRowsInserted", "numTargetRowsUpdated"),
            "UPDATE": ("numUpdatedRows",),
            "DELETE": (),
        }.get(self.operation)
        counts = None if names is None else [self.metric(name) for name in names]
        if counts is None or None in counts:
            return None
        return sum(count for count in counts if count is not None)


def parsed(version: int, text: bytes) -> Entry:
    """Return the commit that the JSON file of a version describes."""
    actions = [json.loads(line) for line in text.splitlines() if line.strip()]
    info: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    operation = str(info.get("operation", ""))
    return Entry(
        version=version,
        operation=operation,
        parameters=info.get("operationParameters") or {},
        metrics=info.get("operationMetrics") or {},
        timestamp=int(info.get("inCommitTimestamp") or info.get("timestamp") or 0),
        commit=None if operation == "RESTORE" else Commit.from_json(info.get("userMetadata")),
        applications=tuple(action["txn"]["appId"] for action in actions if "txn" in action),
        added=tuple(_file(action["add"]) for action in actions if "add" in action),
        removed=tuple(_file(action["remove"]) for action in actions if "remove" in action),
        has_change_files=any("cdc" in action for action in actions),
        is_reshaping=operation != "RESTORE" and info.get("userMetadata") == RESHAPED,
        is_erasing=operation != "RESTORE" and is_erasure(info.get("userMetadata")),
    )


def _file(action: Mapping[str, object]) -> FileChange:
    stats = json.loads(str(action.get("stats") or "{}"))
    vector = action.get("deletionVector")
    struck = int(vector["cardinality"]) if isinstance(vector, dict) else 0
    rows = stats.get("numRecords")
    visible = (stats.get("nullCount") or {}).get(IS_DELETED, rows)
    return FileChange(
        path=str(action["path"]),
        rows=None if rows is None or visible != rows else int(rows) - struck,
        struck=struck,
        bytes=int(str(action.get("size") or 0)),
        is_change=bool(action.get("dataChange", True)),
        is_partly_hidden=visible != rows,
    )


def files_added(entries: Iterable[Entry]) -> tuple[int, int]:
    """Return how many files commits have added, compactions left out, and their bytes together."""
    sizes = [file.bytes for entry in entries for file in entry.new_files]
    return len(sizes), sum(sizes)
