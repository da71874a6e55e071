"""Rules as a document gives them: how a failure is handled, and what a rule is called that has no name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tidegate.contracts.rules.kinds import KINDS, UNENFORCED
from tidegate.model.contracts import SCOPES, SEVERITIES, Rule
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from open_data_contract_standard.model import CustomProperty

    from tidegate.contracts.problems import Problems
    from tidegate.model.contracts import Argument, Scope, Severity
    from tidegate.storage.yaml_documents import Path

_SEVERITIES: Mapping[str, Severity] = {
    **{severity: severity for severity in SEVERITIES},
    "critical": "fatal",
    "warning": "warn",
}
MIN_SCORE = "minScore"
_LIKENESS = 0.7  # other tools have properties of their own, and `owner` is like `where`
_TYPES: Mapping[str, tuple[type[object], ...]] = {
    "maxFailed": (int,),
    "maxFailedShare": (int, float),
    "scope": (str,),
    "severity": (str,),
    "weight": (int, float),
    "where": (str,),
}
_WORDS: Mapping[tuple[type[object], ...], str] = {(int,): "a whole number", (int, float): "a number", (str,): "a text"}


@dataclass(frozen=True)
class Handling:
    """What is done about rows that fail.

    Attributes:
        severity: The severity; None where the document does not say.
        scope: The scope; None takes the usual one of the kind.
        max_failed: See `Rule`.
        max_failed_share: See `Rule`.
        where: The condition of the rows that the rule concerns; None where it concerns all.
        weight: See `Rule`.
    """

    severity: Severity | None = None
    scope: Scope | None = None
    max_failed: int | None = None
    max_failed_share: float | None = None
    where: str | None = None
    weight: float = 1


def read_handling(
    severity: str | None, properties: Sequence[CustomProperty] | None, path: Path, problems: Problems
) -> Handling:
    """Return how a document says that failures are handled.

    Args:
        severity: The rule's own `severity`, where the standard has one.
        properties: The rule's `customProperties`; those of other tools are left alone.
        path: The rule's place.
        problems: Takes what is wrong.
    """
    given = _own_properties(properties or (), (*path, "customProperties"), problems)
    severity = severity or cast("str | None", given.get("severity"))
    named = _SEVERITIES.get(severity.lower()) if severity else None
    if severity and named is None:
        problems.add((*path, "severity"), f"the severity {severity!r} is not one of {', '.join(_SEVERITIES)}")
    scope = given.get("scope")
    if scope is not None and scope not in SCOPES:
        problems.add((*path, "customProperties"), f"the scope {scope!r} is not one of {', '.join(SCOPES)}")
        scope = None
    return Handling(
        named,
        cast("Scope | None", scope),
        cast("int | None", given.get("maxFailed")),
        cast("float | None", given.get("maxFailedShare")),
        cast("str | None", given.get("where")),
        cast("float", given.get("weight", 1)),
    )


def read_floor(properties: Sequence[CustomProperty] | None, path: Path, problems: Problems) -> float | None:
    """Return the least score that a table asks for in its custom property `minScore`; None where it asks for none.

    Args:
        properties: The `customProperties` of the table; those of other tools are left alone.
        path: Their place.
        problems: Takes what is wrong.
    """
    floor: float | None = None
    for position, item in enumerate(properties or ()):
        if item.property != MIN_SCORE:
            if meant := did_you_mean(item.property or "", [MIN_SCORE], likeness=_LIKENESS):
                problems.add((*path, position), f"{item.property!r} is not a property of a table{meant}")
        elif isinstance(item.value, bool) or not isinstance(item.value, int | float) or not 0 <= item.value <= 1:
            problems.add((*path, position), f"{MIN_SCORE} is a score from 0 to 1, not {item.value!r}")
        else:
            floor = item.value
    return floor


def draft(
    kind: str,
    columns: tuple[str, ...],
    handling: Handling,
    arguments: Mapping[str, Argument] | None = None,
    *,
    line: int,
) -> Rule:
    """Return a rule that is called by its columns and kind, such as `order_id_is_not_null`."""
    known = KINDS.get(kind)
    number = [str(line)] if kind == UNENFORCED else []
    return Rule(
        id="_".join([*columns, known.suffix if known else kind, *number]),
        kind=kind,
        columns=columns,
        arguments=tuple(sorted({**(arguments or {}), **({"where": handling.where} if handling.where else {})}.items())),
        severity=handling.severity or "error",
        scope=handling.scope or (known.scopes[0] if known else "row"),
        max_failed=handling.max_failed,
        max_failed_share=handling.max_failed_share,
        line=line,
        weight=handling.weight,
    )


def _own_properties(properties: Sequence[CustomProperty], path: Path, problems: Problems) -> dict[str, object]:
    given: dict[str, object] = {}
    for position, item in enumerate(properties):
        name, value = item.property or "", item.value
        if name not in _TYPES:
            if meant := did_you_mean(name, _TYPES, likeness=_LIKENESS):
                problems.add((*path, position), f"{name!r} is not a property of a rule{meant}")
        elif not isinstance(value, _TYPES[name]) or isinstance(value, bool):
            problems.add((*path, position), f"{name} must be {_WORDS[_TYPES[name]]}, not {value!r}")
        else:
            given[name] = value
    return given
