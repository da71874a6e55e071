"""What a commit of a table says about the run that made it. It is part of the same commit as the data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from tidegate.model.cursors import CursorMark

if TYPE_CHECKING:
    from collections.abc import Mapping

LIVE = "live"
FOLD = "fold"
_KEY = "tidegate"


@dataclass(frozen=True)
class Token:
    """Names one batch of one job, so that a table takes it once.

    Attributes:
        job: Name of the job.
        batch: Number of the batch, from 1, without gaps within a scope.
        scope: `live`, or the name of a backfill; each scope counts for itself.
    """

    job: str
    batch: int
    scope: str = LIVE

    @property
    def application(self) -> str:
        """The application id that the token goes by in a table's log."""
        return f"{self.family(self.job)}{self.scope}"

    @staticmethod
    def family(job: str) -> str:
        """Return what the application ids of all scopes of a job begin with."""
        return f"tidegate/{job}/"


@dataclass(frozen=True)
class Deferral:
    """What a commit of a table knows of the rows that wait beside it, and how readers put them in their places.

    A row stands for its key where it is the greatest by `(sequence_by, the other compared columns)`, nulls lowest.

    Attributes:
        keys: Columns that identify a row.
        sequence_by: Column that orders the versions of a row.
        compared: Columns that break a tie, in turn.
        column: The event-time column.
        version: Version of the side table whose rows belong to this version of the table; None where none ever waited.
        rows: Rows in it.
        folded: Version of the side table whose rows are in the table itself; None where none are.
        basis: Version of the table when this was written down: what was committed since may know more. None where the
            table did not exist.
    """

    keys: tuple[str, ...]
    sequence_by: str
    compared: tuple[str, ...]
    column: str
    version: int | None = None
    rows: int = 0
    folded: int | None = None
    basis: int | None = None

    @property
    def is_pending(self) -> bool:
        """Whether rows wait."""
        return self.version is not None and (self.folded is None or self.folded < self.version)

    def joined(self, other: Deferral) -> Deferral:
        """Return what this one and one that did not know of it know together."""
        newest = max((self, other), key=lambda one: -1 if one.version is None else one.version)
        folded = max((one.folded for one in (self, other) if one.folded is not None), default=None)
        return replace(self, version=newest.version, rows=newest.rows, folded=folded)

    @classmethod
    def from_facts(cls, facts: Mapping[str, object]) -> Deferral:
        """Return the deferral that a commit's JSON describes."""
        known = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
        return cls(**known)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Commit:
    """The facts that travel inside a table's commit.

    Attributes:
        token: The batch that the commit publishes.
        run_id: The run that made it (UUID).
        watermarks: Per input (by the name the job gives it) the version up to which it has been read, inclusive.
        event_watermark: The greatest event time published up to this commit, as ISO 8601; None for tables without one.
        contract_version: Version of the contract that the rows passed.
        files: For jobs that read files: the files of this batch, relative to their feed.
        cursors: For jobs that read databases: per input, how far it has been read.
        deferred: For tables whose late rows wait beside them: which do. None for all others.
        row_counts: Per rule that compares with earlier runs, the rows of these and of this one, oldest first.
    """

    token: Token
    run_id: str
    watermarks: Mapping[str, int] = field(default_factory=dict)
    event_watermark: str | None = None
    contract_version: str | None = None
    files: tuple[str, ...] = ()
    cursors: Mapping[str, CursorMark] = field(default_factory=dict)
    deferred: Deferral | None = None
    row_counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the commit as one line of JSON, the same for the same facts."""
        facts: dict[str, object] = {
            "job": self.token.job,
            "scope": self.token.scope,
            "batch": self.token.batch,
            "run_id": self.run_id,
            "watermarks": dict(sorted(self.watermarks.items())),
            "event_watermark": self.event_watermark,
            "contract_version": self.contract_version,
            "files": list(self.files),
        }
        if self.cursors:
            facts["cursors"] = {name: mark.facts() for name, mark in sorted(self.cursors.items())}
        if self.deferred:
            facts["deferred"] = asdict(self.deferred)
        if self.row_counts:
            facts["row_counts"] = {name: list(counts) for name, counts in sorted(self.row_counts.items())}
        return json.dumps({_KEY: facts}, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str | None) -> Commit | None:
        """Return the commit that a log entry's metadata carries, or None where the entry is not tidegate's."""
        try:
            facts = json.loads(text or "")[_KEY]
            token = Token(facts["job"], int(facts["batch"]), facts["scope"])
            cursors = {str(name): CursorMark.from_facts(mark) for name, mark in (facts.get("cursors") or {}).items()}
            deferred = Deferral.from_facts(facts["deferred"]) if facts.get("deferred") else None
            counts = {str(name): tuple(map(int, rows)) for name, rows in (facts.get("row_counts") or {}).items()}
        except (ValueError, KeyError, TypeError):
            return None
        return cls(
            token=token,
            run_id=str(facts.get("run_id")),
            watermarks={str(name): int(version) for name, version in (facts.get("watermarks") or {}).items()},
            event_watermark=facts.get("event_watermark"),
            contract_version=facts.get("contract_version"),
            files=tuple(facts.get("files") or ()),
            cursors=cursors,
            deferred=deferred,
            row_counts=counts,
        )
