"""What changed of a contract's rules, and whether readers or writers notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.changes.change import READERS, WRITERS, Change
from tidegate.contracts.changes.strictness import directions, handling_directions
from tidegate.contracts.rules.kinds import KINDS, UNENFORCED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeAlias

    from tidegate.contracts.changes.change import Audience, Kind, Level
    from tidegate.model.contracts import Contract, Rule

    Pair: TypeAlias = tuple[Rule | None, Rule | None]

_REFUSING = frozenset({"error", "fatal"})
_QUARANTINES = "rows that were published may go to quarantine"
_REFUSES = "a batch that was published may be refused"
_STOPS = "it cannot be enforced, so the gate refuses to run"


def rule_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Yield what changed of the rules; those that come or go with all of their columns are part of that change."""
    gone = {*old.column_names} - {*new.column_names}
    come = {*new.column_names} - {*old.column_names}
    before = [rule for rule in old.rules if not _is_within(rule, gone)]
    after = [rule for rule in new.rules if not _is_within(rule, come)]
    if old.primary_key != new.primary_key:
        before, after = (
            [rule for rule in rules if not (rule.kind == "primary_key" and rule.columns == key)]
            for rules, key in ((before, old.primary_key), (after, new.primary_key))
        )
    for pair in _pairs(before, after):
        yield from _changes(*pair)
    yield from _required_changes(old, new)


def _is_within(rule: Rule, columns: set[str]) -> bool:
    return bool(rule.columns) and columns.issuperset(rule.columns)


def _pairs(old: Iterable[Rule], new: Iterable[Rule]) -> Iterator[Pair]:
    """Yield each rule with what it was: by its id, or else by all that it asks; whatever their order is."""
    before, after = ({rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)} for rules in (old, new))
    # The id of a rule that cannot be enforced holds its line, so it says nothing.
    both = [name for name in before if name in after]
    same = [name for name in both if UNENFORCED not in {before[name].kind, after[name].kind}]
    for name in same:
        yield before.pop(name), after.pop(name)
    for name, rule in list(before.items()):
        twin = next((other for other in after.values() if _meaning(other) == _meaning(rule)), None)
        if twin:
            yield before.pop(name), after.pop(twin.id)
    yield from ((rule, None) for rule in before.values())
    yield from ((None, rule) for rule in after.values())


def _meaning(rule: Rule) -> tuple[object, ...]:
    limits = rule.max_failed, rule.max_failed_share
    return (rule.kind, rule.columns, rule.arguments, rule.severity, rule.scope, rule.weight, *limits)


def _changes(old: Rule | None, new: Rule | None) -> Iterator[Change]:
    if old is None or new is None:
        for rule in filter(None, (old, new)):
            text = f"{_named(rule)} is {'gone' if new is None else 'new'}"
            yield _change("rule_removed" if new is None else "rule_added", (old, new), rule, text)
        return
    found = directions(old, new) | handling_directions(old, new)
    if found:
        kinds: Mapping[frozenset[str], Kind] = {
            frozenset({"stricter"}): "rule_tightened",
            frozenset({"looser"}): "rule_loosened",
        }
        yield _change(kinds.get(found, "rule_changed"), (old, new), new, f"{_named(new)}: {_differences(old, new)}")
    elif old.weight != new.weight:
        yield _plain("rule_changed", old, new, f"{_named(new)}: {_differences(old, new)}")
    elif _meaning(old) != _meaning(new):
        yield _plain("rule_changed", old, new, f"{_named(new)} is written otherwise and asks the same")
    # What cannot be enforced has a name that holds its line, and nobody is shown its description.
    if old.kind == UNENFORCED == new.kind:
        return
    if old.id != new.id:
        yield _plain("rule_renamed", old, new, f"{new.id} was called {old.id}")
    if old.description != new.description:
        yield _plain("documentation_changed", old, new, f"{new.id}: description")


def _change(kind: Kind, pair: Pair, rule: Rule, text: str) -> Change:
    """Return the change, as it matters: what is no longer kept from readers breaks, what is refused now warns."""
    old, new = pair
    warning = _warning(old, new)
    breaks_readers = old is not None and _is_promise(old) and not _is_kept(old, new)
    stops_writers = new is not None and new.kind == UNENFORCED
    is_promised = new is not None and _is_promise(new)
    level: Level = "compatible"
    if breaks_readers or stops_writers:
        level = "breaking"
    elif warning or (is_promised and kind in {"rule_added", "rule_tightened", "rule_changed"}):
        level = "additive"
    is_news = breaks_readers or (is_promised and level == "additive")
    concerns: tuple[Audience, ...] = (*(READERS if is_news else ()), *(WRITERS if warning else ()))
    lines = new.line if new else None, old.line if old else None
    columns = tuple(dict.fromkeys([*(old.columns if old else ()), *(new.columns if new else ())]))
    return Change(_service_level(kind, rule), level, concerns, f"rule {rule.id}", text, columns, *lines, warning)


def _plain(kind: Kind, old: Rule, new: Rule, text: str) -> Change:
    return Change(kind, "compatible", (), f"rule {new.id}", text, new.columns, new.line, old.line)


def _service_level(kind: Kind, rule: Rule) -> Kind:
    kinds: Mapping[Kind, Kind] = {"rule_added": "service_level_added", "rule_removed": "service_level_removed"}
    return kinds.get(kind, "service_level_changed") if rule.kind == "freshness" else kind


def _is_promise(rule: Rule) -> bool:
    """Return whether readers can rely on a rule: what fails is not published, be it rows or batches, or only so much.

    That a table is fresh is promised whatever the severity is, as it is about the time.
    """
    return rule.kind == "freshness" or (rule.kind != UNENFORCED and _acts(rule))


def _acts(rule: Rule) -> bool:
    return rule.severity in _REFUSING or rule.max_failed is not None or rule.max_failed_share is not None


def _is_kept(old: Rule, new: Rule | None) -> bool:
    """Return whether what readers were promised still holds."""
    if new is None or not _is_promise(new) or directions(old, new) - {"stricter"}:
        return False
    if old.kind == "freshness" or new.severity in _REFUSING:
        # Whatever the limit is, no row that fails is published; and freshness is about the time, not the severity.
        return True
    return not handling_directions(old, new) - {"stricter"}


def _warning(old: Rule | None, new: Rule | None) -> str:
    """Return what may happen to rows that were published before; empty where nothing does."""
    if new is None:
        return ""
    if new.kind == UNENFORCED:
        return _STOPS
    grown = {"stricter"} if old is None else (directions(old, new) | handling_directions(old, new)) - {"looser"}
    if not grown or not _acts(new):
        return ""
    has_rows = KINDS[new.kind].fails is not None and new.severity == "error"
    was_set_aside = old is not None and old.severity == "error" and not directions(old, new) - {"looser"}
    return _QUARANTINES if has_rows and not was_set_aside else _REFUSES


def _named(rule: Rule) -> str:
    columns = f" of {', '.join(rule.columns)}" if rule.columns else ""
    return f"{rule.id} ({rule.kind}{columns}, {rule.severity})"


def _differences(old: Rule, new: Rule) -> str:
    before, after = _facts(old), _facts(new)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return ", ".join(f"{name} {_shown(before.get(name))} → {_shown(after.get(name))}" for name in names)


def _facts(rule: Rule) -> dict[str, object]:
    limits = {"maxFailed": rule.max_failed, "maxFailedShare": rule.max_failed_share}
    head = {"kind": rule.kind, "columns": rule.columns, "severity": rule.severity, "scope": rule.scope}
    return {**head, **limits, "weight": rule.weight, **dict(rule.arguments)}


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})"
    return "none" if value is None else str(value)


def _required_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Yield columns whose `required` changed while a rule that stands in its place did not."""
    before = {column.name: column for column in old.columns}
    kept, keeps = (
        {rule.columns: _meaning(rule) for rule in contract.rules if rule.kind == "not_null"} for contract in (old, new)
    )
    for column in new.columns:
        was = before.get(column.name)
        if was and was.required != column.required and kept.get((column.name,)) == keeps.get((column.name,)):
            text = f"{column.name} is {'required' if column.required else 'not required'}; its rule is the same"
            place = f"column {column.name}", text, (column.name,), column.line, was.line
            yield Change("required_changed", "compatible", (), *place)
