"""The groups that changed in a table whose late rows wait beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from tidegate.model.commits import FOLD
from tidegate.tables import deferred_rows
from tidegate.tables.columns import united, widened
from tidegate.tables.late_rows import side_of
from tidegate.tables.touched_rows import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from tidegate.model.commits import Deferral
    from tidegate.model.names import TableName
    from tidegate.tables.port import LoggedStore, Version


@dataclass(frozen=True)
class Way:
    """A reader's way from one version of a table to another, on which no restore lies.

    Attributes:
        since: The version read last.
        spans: The parts of the way that count: those without the folding, each from after to up to.
        seen: Version of the side table that the reader has seen.
        known: What waits at the end of the way.
    """

    since: int
    spans: tuple[tuple[int, int], ...]
    seen: int
    known: Deferral


def touched(store: LoggedStore, table: TableName, columns: Sequence[str], way: Way) -> DataFrame:
    """Return the values of some columns in rows that came, changed or went on the way, wherever they lay.

    What a row was before is in the table or waited beside it. So beside the rows that changed in either, those count
    that waited under a key that changed, and those of the table under a key for which a row began to wait.
    """
    side, keys = side_of(table), way.known.keys
    had = store.read(side, way.seen)
    schema = deferred_rows.together(_schema(store, table, way), had.schema)
    wanted = tuple(dict.fromkeys((*keys, *columns)))
    kind = values(widened(had.limit(0), schema), wanted).schema
    frames = [_changed(store, table, kind, span) for span in way.spans]
    if way.known.version is not None and way.seen < way.known.version:
        come = widened(store.changes(side, way.seen, way.known.version), kind)
        before = widened(store.read(table, way.since), kind)
        frames += [come, deferred_rows.of_same_keys(before, come, way.known)]
    changed = reduce(united, frames, widened(had.limit(0), kind))
    waited = widened(had, kind).join(changed.select(*keys).distinct(), list(keys), "left_semi")
    return values(changed.unionByName(waited), columns)


def has_dropped(then: Deferral | None, versions: Iterable[Version]) -> bool:
    """Return whether rows that waited are neither waiting any more nor folded in: a batch replaced the whole table.

    Args:
        then: What waited before.
        versions: The versions since, oldest first.
    """
    folded = -1 if then is None or then.folded is None else then.folded
    for version in versions:
        if version.commit is None or version.commit.deferred is None or version.commit.deferred.folded is None:
            continue
        now = version.commit.deferred.folded
        if now > folded and version.commit.token.scope != FOLD:
            return True
        folded = max(folded, now)
    return False


def _schema(store: LoggedStore, table: TableName, way: Way) -> StructType:
    return store.schema(table, max((until for _, until in way.spans), default=way.since))


def _changed(store: LoggedStore, table: TableName, kind: StructType, span: tuple[int, int]) -> DataFrame:
    present = set(store.schema(table, span[1]).names)
    return widened(store.touched(table, [name for name in kind.names if name in present], *span), kind)
