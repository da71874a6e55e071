"""The rows of a Delta table that changed between two versions: from its change feed, or from its states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from tidegate.tables.change_data import visible
from tidegate.tables.columns import united, widened
from tidegate.tables.touched_rows import differing, values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import DataFrame

    from tidegate.tables.delta_log import DeltaLog

_FEED_COLUMNS = ("_change_type", "_commit_version", "_commit_timestamp")
_ARRIVED = ("insert", "update_postimage")


@dataclass(frozen=True)
class DeltaChanges:
    """What changed in one table. Versions before the table got other types are compared: the feed does not read these.

    Attributes:
        log: The table's log.
        read: Returns the table as Delta's reader gives it with some options.
    """

    log: DeltaLog
    read: Callable[..., DataFrame]

    def rows(self, since: int, until: int) -> DataFrame:
        """Return the rows as they were added or changed to after `since` up to `until`; a withdrawn batch has none.

        Raises:
            TableError: The log has been cut off.
        """
        changed = self.log.changed(since, until)
        frames = []
        for first, last in changed.ranges:
            if changed.is_older_shape(last):
                before, after = self._state(first - 1), self._state(last)
                frames.append(after.exceptAll(widened(before, after.schema)))
            else:
                feed = self._feed(first, last)
                frames.append(feed.filter(feed["_change_type"].isin(*_ARRIVED)).drop(*_FEED_COLUMNS))
        whole = self._state(until)
        parts = (widened(frame, whole.schema) for frame in frames)
        return visible(reduce(united, parts) if frames else whole.limit(0))

    def values(self, columns: Sequence[str], since: int, until: int) -> DataFrame:
        """Return the values of some columns in rows that came, changed (before and after) or went, as readers see them.

        A restore to a version before `since` is compared with what the reader has seen: of the rows that it took back,
        its own changes show only those that were there when it came.

        Raises:
            TableError: The log has been cut off.
            PublishError: States are to be compared, and a column holds maps within another value.
        """
        changed = self.log.changed(since, until)
        restores = {entry.version for entry in changed.entries if entry.is_restore}
        frames = []
        for first, last in changed.ranges:
            if first in restores or changed.is_older_shape(last):
                before = since if first in restores else first - 1
                frames.append(differing(*(visible(self._state(version)) for version in (before, last))))
            else:
                frames.append(visible(self._feed(first, last)))
        nothing = values(visible(self._state(until)), columns).limit(0)
        return reduce(united, (widened(frame, nothing.schema) for frame in frames), nothing)

    def _feed(self, first: int, last: int) -> DataFrame:
        return self.read(readChangeFeed="true", startingVersion=first, endingVersion=last)

    def _state(self, version: int) -> DataFrame:
        return self.read(versionAsOf=version)
