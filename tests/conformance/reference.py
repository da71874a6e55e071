"""What the write modes mean, in plain Python: written to be read, and what every writer is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Key: TypeAlias = "tuple[int, str | None]"
Value: TypeAlias = "int | str | None"
Rank: TypeAlias = "tuple[tuple[bool, Value], ...]"
Operation: TypeAlias = Literal["upsert", "delete", "truncate"]


@dataclass(frozen=True)
class Event:
    """What a source says about an entity: key, moment (seconds; None for none), two values, and what to do.

    The key of a truncate and the values of a delete mean nothing.
    """

    key: Key
    at: int | None
    a: str | None
    b: int | None
    does: Operation = "upsert"

    @property
    def rank(self) -> Rank:
        """Return what events of one key are compared by: moment, deletes first, values; nulls lowest."""
        values: tuple[Value, ...] = (None, None) if self.is_delete else (self.a, self.b)
        return _ranked(self.at, self.is_delete, *values)

    @property
    def rank_by_b(self) -> Rank:
        """Return what events of one key are compared by where `b` is declared to break ties."""
        return _ranked(self.at, self.is_delete, None if self.is_delete else self.b, None if self.is_delete else self.a)

    @property
    def is_delete(self) -> bool:
        """Whether it deletes its key."""
        return self.does == "delete"


@dataclass(frozen=True)
class Interval:
    """What held for an entity from one moment to another; None is since ever, or until now."""

    key: Key
    valid_from: int | None
    valid_to: int | None
    a: str | None
    b: int | None


def latest(events: Iterable[Event]) -> set[Event]:
    """Return the rows of a table that keeps the latest state of every key."""
    known = list(events)
    return {
        event
        for event in deduplicated(e for e in known if e.does != "truncate")
        if not event.is_delete and not _is_truncated(event, known)
    }


def latest_by_b(events: Iterable[Event]) -> set[Event]:
    """Return the rows of a table that keeps the latest state of every key, where `b` breaks ties."""
    best: dict[Key, Event] = {}
    for event in events:
        if event.key not in best or best[event.key].rank_by_b < event.rank_by_b:
            best[event.key] = event
    return {event for event in best.values() if not event.is_delete}


def merged(events: Iterable[Event]) -> set[Event]:
    """Return the rows of a table whose columns each keep the newest value that is not null."""
    known = list(events)
    return {row for own in _by_key(known).values() for row in _merged(own, known)}


def history(events: Iterable[Event]) -> set[Interval]:
    """Return the rows of a table that keeps the history of every key."""
    by_key = _by_key(deduplicated(events, per_moment=True))
    return {interval for own in by_key.values() for interval in _intervals(own)}


def history_of_a(events: Iterable[Event], *, shows: Literal["update", "ignore"]) -> set[Interval]:
    """Return the rows of a table whose intervals begin when `a` changes.

    Args:
        events: The events.
        shows: Which `b` an interval shows: that of its last event (`update`), or of its first (`ignore`).
    """
    found = set()
    for own in _by_key(deduplicated(events, per_moment=True)).values():
        groups: list[list[Event]] = []
        for event in _in_time(own):
            if groups and _tracked(groups[-1][-1]) == _tracked(event):
                groups[-1].append(event)
            else:
                groups.append([event])
        ends = [group[0].at for group in groups[1:]]
        for group, end in zip(groups, [*ends, None], strict=True):
            b = (group[-1] if shows == "update" else group[0]).b
            if not group[0].is_delete:
                found.add(Interval(group[0].key, group[0].at, end, group[0].a, b))
    return found


def deduplicated(events: Iterable[Event], *, per_moment: bool = False) -> list[Event]:
    """Return the greatest event per key, or per key and moment."""
    best: dict[object, Event] = {}
    for event in events:
        group = (event.key, event.at) if per_moment else event.key
        if group not in best or best[group].rank < event.rank:
            best[group] = event
    return list(best.values())


def _merged(own: list[Event], known: list[Event]) -> list[Event]:
    deleted = [event.at or 0 for event in own if event.is_delete]
    standing = [
        event
        for event in own
        if not event.is_delete and (event.at or 0) > max(deleted, default=-1) and not _is_truncated(event, known)
    ]
    if not standing:
        return []
    a = max(((e.at or 0, e.a) for e in standing if e.a is not None), default=(0, None))[1]
    b = max(((e.at or 0, e.b) for e in standing if e.b is not None), default=(0, None))[1]
    return [Event(standing[0].key, max(event.at or 0 for event in standing), a, b)]


def _is_truncated(event: Event, known: list[Event]) -> bool:
    return any(other.does == "truncate" and (event.at or 0) < (other.at or 0) for other in known)


def _intervals(events: list[Event]) -> list[Interval]:
    states: list[Event] = []
    for event in _in_time(events):
        if not states or _said(states[-1]) != _said(event):
            states.append(event)
    ends = [state.at for state in states[1:]]
    return [
        Interval(state.key, state.at, end, state.a, state.b)
        for state, end in zip(states, [*ends, None], strict=True)
        if not state.is_delete
    ]


def _in_time(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.at is not None, event.at or 0))


def _tracked(event: Event) -> tuple[Value, ...]:
    return ("deleted",) if event.is_delete else (event.a,)


def _ranked(*parts: Value) -> Rank:
    return tuple((part is not None, 0 if part is None else part) for part in parts)


def _said(event: Event) -> tuple[Value, ...]:
    return ("deleted",) if event.is_delete else (event.a, event.b)


def _by_key(events: Iterable[Event]) -> dict[Key, list[Event]]:
    by_key: dict[Key, list[Event]] = {}
    for event in events:
        if event.does != "truncate":
            by_key.setdefault(event.key, []).append(event)
    return by_key


def told(event: Event, does: Operation) -> Event:
    """Return an event that does something else."""
    return replace(event, does=does)


Model: TypeAlias = "Callable[[Iterable[Event]], set[Event]] | Callable[[Iterable[Event]], set[Interval]]"
