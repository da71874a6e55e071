"""What the write modes mean, in plain Python: the model that every table format is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Value: TypeAlias = "int | str | None"


@dataclass(frozen=True)
class Event:
    """A version of an entity: key, moment (seconds; None for none), and two values."""

    key: tuple[int, str]
    at: int | None
    a: str | None
    b: int | None

    @property
    def rank(self) -> tuple[tuple[bool, Value], ...]:
        """Return what events of one key are compared by, nulls lowest; the stand-in for null is never compared."""
        return tuple((value is not None, value if value is not None else 0) for value in (self.at, self.a, self.b))


@dataclass(frozen=True)
class Interval:
    """What held for an entity from one moment to another."""

    key: tuple[int, str]
    valid_from: int | None
    valid_to: int | None
    a: str | None
    b: int | None
    confirmed_at: tuple[int, ...]


def deduplicated(events: Iterable[Event], *, per_moment: bool = False) -> list[Event]:
    """Return the greatest event per key, or per key and moment."""
    best: dict[object, Event] = {}
    for event in events:
        group = (event.key, event.at) if per_moment else event.key
        if group not in best or best[group].rank < event.rank:
            best[group] = event
    return list(best.values())


def latest(events: Iterable[Event]) -> set[Event]:
    """Return the rows of an upserted table after all these events."""
    return set(deduplicated(events))


def history(events: Iterable[Event]) -> set[Interval]:
    """Return the rows of a history after all these events."""
    by_key: dict[tuple[int, str], list[Event]] = {}
    for event in deduplicated(events, per_moment=True):
        by_key.setdefault(event.key, []).append(event)
    return {interval for own in by_key.values() for interval in _intervals(own)}


def _intervals(events: list[Event]) -> list[Interval]:
    groups: list[list[Event]] = []
    for event in sorted(events, key=lambda e: (e.at is not None, e.at or 0)):
        if groups and (groups[-1][0].a, groups[-1][0].b) == (event.a, event.b):
            groups[-1].append(event)
        else:
            groups.append([event])
    ends = [group[0].at for group in groups[1:]]
    return [
        Interval(
            key=group[0].key,
            valid_from=group[0].at,
            valid_to=end,
            a=group[0].a,
            b=group[0].b,
            confirmed_at=tuple(event.at for event in group[1:] if event.at is not None),
        )
        for group, end in zip(groups, [*ends, None], strict=True)
    ]
