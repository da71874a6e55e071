"""What stays known of an Iceberg table's snapshots once they have expired."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tidegate.model.commits import Commit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROPERTY = "tidegate.remembered"


@dataclass(frozen=True)
class Remembered:
    """What the snapshots that have expired said; a property of the table, written before they go.

    Attributes:
        root: The oldest snapshot below the table's head that stayed. What is remembered was said below it, so it counts
            for heads that descend from it, and for no other.
        snapshot: The snapshot that was the table when this was written.
        timestamp: When that one had become the table, in milliseconds since 1970.
        version: Its version, from which the versions after it go on counting.
        commits: Per application its newest commit, with the files of all its batches.
        quiet_since: The earliest version of those that are gone from which nothing came up to `root`: a reader that
            stopped there, or later, has missed nothing. None where that is not known.
    """

    root: int
    snapshot: int
    timestamp: int
    version: int
    commits: tuple[Commit, ...] = ()
    quiet_since: int | None = None

    def to_json(self) -> str:
        """Return it as the text of a property."""
        facts = {
            "root": self.root,
            "snapshot": self.snapshot,
            "timestamp": self.timestamp,
            "version": self.version,
            "commits": [json.loads(commit.to_json()) for commit in self.commits],
            **({} if self.quiet_since is None else {"quiet_since": self.quiet_since}),
        }
        return json.dumps(facts, separators=(",", ":"), sort_keys=True)

    @classmethod
    def of(cls, properties: Mapping[str, str]) -> Remembered | None:
        """Return what a table's properties remember, or None where no snapshot has been let go by tidegate."""
        try:
            facts = json.loads(properties.get(PROPERTY, ""))
            commits = [Commit.from_json(json.dumps(commit)) for commit in facts["commits"]]
            root, snapshot, timestamp, version = (
                int(facts[name]) for name in ("root", "snapshot", "timestamp", "version")
            )
            quiet = facts.get("quiet_since")
            since = None if quiet is None else int(quiet)
            return cls(root, snapshot, timestamp, version, tuple(commit for commit in commits if commit), since)
        except (ValueError, KeyError, TypeError):
            return None


def newest_of_each(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """Return per application its newest commit, with the files of all its commits.

    Args:
        commits: The commits, newest first.
    """
    newest: dict[str, Commit] = {}
    files: dict[str, dict[str, None]] = {}
    for commit in commits:
        newest.setdefault(commit.token.application, commit)
        files.setdefault(commit.token.application, {}).update(dict.fromkeys(commit.files))
    return tuple(replace(commit, files=tuple(files[name])) for name, commit in newest.items())
