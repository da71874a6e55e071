"""What changed of the service levels that are promised of a table, apart from freshness, which is a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.changes.change import READERS, WRITERS, Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.contracts.changes.change import Level
    from tidegate.model.contracts import Contract, ServiceLevel

_FRESHNESS = "freshness"
# Of these less is better, of those more; of any other property nobody can tell.
_LESS = frozenset({"latency", "frequency", "errorrate", "timetodetect", "timetonotify", "timetorepair"})
_LESS |= {"rowcount", "consistency", "drift"}  # a watch looks at these, and at completeness
_MORE = frozenset({"retention", "availability", "throughput", "completeness"})
_SECONDS: Mapping[str, float] = {
    **dict.fromkeys(["s", "sec", "second", "seconds"], 1),
    **dict.fromkeys(["m", "min", "minute", "minutes"], 60),
    **dict.fromkeys(["h", "hr", "hour", "hours"], 3_600),
    **dict.fromkeys(["d", "day", "days"], 86_400),
    **dict.fromkeys(["w", "week", "weeks"], 604_800),
    **dict.fromkeys(["y", "yr", "year", "years"], 31_557_600),
}


def service_level_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Yield what changed of the service levels; a promise that is kept no more, or that nobody can compare, breaks."""
    before, after = _by_name(old.details.service_levels), _by_name(new.details.service_levels)
    for name in sorted(before.keys() | after.keys()):
        place = f"service level {name}"
        if name not in after:
            yield Change("service_level_removed", "breaking", READERS, place, f"{name} is promised no more")
        elif name not in before:
            text = f"{name} is promised: {_shown(after[name])}"
            yield Change("service_level_added", "additive", READERS, place, text)
        elif _promised(before[name]) != _promised(after[name]):
            text = f"{name} is {_shown(after[name])}, it was {_shown(before[name])}"
            level: Level = "additive" if _are_better(before[name], after[name]) else "breaking"
            yield Change("service_level_changed", level, READERS, place, text)
        elif before[name] != after[name]:
            yield Change("documentation_changed", "compatible", READERS, place, f"{name}: description")


def score_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Yield that the least score of a batch changed: readers get no row that they did not get before, batches do."""
    before, after = old.min_score, new.min_score
    if before == after:
        return
    text = f"the least score is {_percent(after)}, it was {_percent(before)}"
    if (after or 0) > (before or 0):
        warning = "a batch that was published may be refused"
        yield Change("service_level_changed", "additive", WRITERS, "least score", text, warning=warning)
    else:
        yield Change("service_level_changed", "compatible", WRITERS, "least score", text)


def _percent(score: float | None) -> str:
    return "none" if score is None else f"{score:.2%}"


def _by_name(levels: Sequence[ServiceLevel]) -> dict[str, list[ServiceLevel]]:
    found: dict[str, list[ServiceLevel]] = {}
    for level in sorted(levels, key=lambda level: (str(level.value), level.unit, level.description)):
        if level.property.lower() != _FRESHNESS:
            name = f"{level.property} of {level.element}" if level.element else level.property
            found.setdefault(name, []).append(level)
    return found


def _promised(levels: Sequence[ServiceLevel]) -> list[tuple[object, ...]]:
    return [(level.value, level.unit) for level in levels]


def _are_better(old: Sequence[ServiceLevel], new: Sequence[ServiceLevel]) -> bool:
    return len(old) <= len(new) and all(_is_better(before, after) for before, after in zip(old, new, strict=False))


def _is_better(old: ServiceLevel, new: ServiceLevel) -> bool:
    before, after = _size(old), _size(new)
    if (old.value, old.unit) == (new.value, new.unit):
        return True
    if before is None or after is None or before[1] != after[1]:
        return False
    name = old.property.lower()
    return (name in _LESS and after[0] <= before[0]) or (name in _MORE and after[0] >= before[0])


def _size(level: ServiceLevel) -> tuple[float, str] | None:
    """Return how much is promised, in seconds where the unit is one of time; None where it is not a number."""
    try:
        value = float(str(level.value))
    except ValueError:
        return None
    seconds = _SECONDS.get(level.unit.lower())
    return (value * seconds, "s") if seconds else (value, level.unit.lower())


def _shown(levels: Sequence[ServiceLevel]) -> str:
    return ", ".join(f"{level.value} {level.unit}".strip() for level in levels)
