"""What a commit of a table says about the run that made it. It is part of the same commit as the data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.model.cursors import CursorMark

if TYPE_CHECKING:
    from collections.abc import Mapping

LIVE = "live"
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
    """

    token: Token
    run_id: str
    watermarks: Mapping[str, int] = field(default_factory=dict)
    event_watermark: str | None = None
    contract_version: str | None = None
    files: tuple[str, ...] = ()
    cursors: Mapping[str, CursorMark] = field(default_factory=dict)

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
        return json.dumps({_KEY: facts}, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str | None) -> Commit | None:
        """Return the commit that a log entry's metadata carries, or None where the entry is not tidegate's."""
        try:
            facts = json.loads(text or "")[_KEY]
            token = Token(facts["job"], int(facts["batch"]), facts["scope"])
            cursors = {str(name): CursorMark.from_facts(mark) for name, mark in (facts.get("cursors") or {}).items()}
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
        )
