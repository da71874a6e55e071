"""What a contract lets expect of a table after its load: freshness, completeness, counts, consistency, drift."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import ContractError, JobDefinitionError
from tidegate.model.contracts import SEVERITIES
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.model.contracts import Contract, ForeignKey, Rule, ServiceLevel, Severity
    from tidegate.model.watching import CheckKind

_KINDS: Mapping[str, CheckKind] = {
    "completeness": "completeness",
    "rowcount": "row_count",
    "consistency": "consistency",
    "drift": "drift",
}
_PERCENT = frozenset({"%", "percent"})
_HOURS_OF_DAY = 24


@dataclass(frozen=True)
class Expectation:
    """What a table must be like.

    Attributes:
        kind: What is looked at.
        subject: The column; for `row_count` the source table; for `consistency` the columns of the reference, joined
            by commas; empty for `drift` of the row count.
        limit: The most that is allowed. `freshness`: hours. `completeness`: share of nulls. `row_count`: share by which
            the counts differ. `consistency`: share of rows without a partner. `drift`: standard deviations.
        severity: What becomes of a table that is not like that.
    """

    kind: CheckKind
    subject: str
    limit: float
    severity: Severity = "warn"


def expectations_of(contract: Contract) -> tuple[Expectation, ...]:
    """Return what a contract lets expect: its rules about freshness and its service levels.

    Raises:
        ContractError: A service level that a watch reads cannot be understood; nothing has been measured.
    """
    fresh = [
        Expectation("freshness", rule.columns[0], _hours(rule), rule.severity)
        for rule in contract.rules
        if rule.kind == "freshness"
    ]
    levels = contract.details.service_levels
    return (*fresh, *(found for level in levels for found in _expected(level, contract)))


def references_of(contract: Contract) -> dict[str, ForeignKey]:
    """Return the references of a contract by their columns, joined by commas: relationships and rules alike."""
    rules = [rule.reference for rule in contract.rules if rule.kind == "foreign_key"]
    return {",".join(known.columns): known for known in (*contract.foreign_keys, *rules)}


def _hours(rule: Rule) -> float:
    hours, days = rule.scalar("max_age_hours"), rule.scalar("max_age_days")
    return float(hours) if hours is not None else float(days or 0) * _HOURS_OF_DAY


def _expected(level: ServiceLevel, contract: Contract) -> Iterator[Expectation]:
    kind = _KINDS.get(level.property.replace("_", "").lower())
    if kind is None:
        return
    number, severity = _number(level, contract), _severity(level, contract)
    if kind == "drift":
        subject = _column(level, contract) if level.element not in {"", contract.table.dataset} else ""
        yield Expectation(kind, subject, number, severity)
        return
    share = number / 100 if level.unit.lower() in _PERCENT else number
    if not 0 <= share <= 1:
        raise _unreadable(level, contract, "a share is from 0 to 1, or from 0 to 100 with unit: percent")
    if kind == "completeness":
        yield Expectation(kind, _column(level, contract), 1 - share, severity)
    elif kind == "row_count":
        yield Expectation(kind, _table(level, contract), share, severity)
    else:
        yield from (Expectation(kind, key, share, severity) for key in _references(level, contract))


def _number(level: ServiceLevel, contract: Contract) -> float:
    try:
        number = float(level.value) if level.value is not None and not isinstance(level.value, bool) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise _unreadable(level, contract, "give value: a number, not below zero")
    return number


def _severity(level: ServiceLevel, contract: Contract) -> Severity:
    found: Severity | None = next((known for known in SEVERITIES if known == level.severity), None)
    if level.severity and found is None:
        raise _unreadable(level, contract, f"give the custom property severity: one of {', '.join(SEVERITIES)}")
    return found or "warn"


def _column(level: ServiceLevel, contract: Contract) -> str:
    name = level.element.removeprefix(f"{contract.table.dataset}.")
    if name not in contract.column_names:
        raise _unreadable(level, contract, f"give element: one of {', '.join(contract.column_names)}")
    return name


def _table(level: ServiceLevel, contract: Contract) -> str:
    try:
        return str(TableName.parse(level.element))
    except JobDefinitionError:
        raise _unreadable(level, contract, "give element: the source, such as bronze.orders") from None


def _references(level: ServiceLevel, contract: Contract) -> tuple[str, ...]:
    known = references_of(contract)
    if not level.element or level.element == contract.table.dataset:
        return tuple(known)
    wanted = level.element.removeprefix(f"{contract.table.dataset}.").replace(" ", "")
    if wanted not in known:
        raise _unreadable(level, contract, f"give element: the columns of a foreign key: {', '.join(known) or 'none'}")
    return (wanted,)


def _unreadable(level: ServiceLevel, contract: Contract, hint: str) -> ContractError:
    return ContractError(
        f"the service level {level.property!r} of {contract.table} cannot be watched",
        where=contract.location or str(contract.table),
        hint=hint,
    )
