"""What the gate decides about a batch, from tallies alone. No Spark: the tallies have come to the driver already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from tidegate.contracts.rules.arguments import age_in_hours
from tidegate.contracts.rules.kinds import GREAT_EXPECTATIONS
from tidegate.model.reports import RuleResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tidegate.contracts.marks.checks import Check
    from tidegate.model.contracts import Rule
    from tidegate.model.reports import RuleStatus

Groups: TypeAlias = "Sequence[Mapping[str, object]]"

ROWS = "gate_rows"
PUBLISHABLE = "gate_publishable"
QUARANTINED = "gate_quarantined"
DUPLICATES = "gate_duplicates"
KNOWN_ROWS = "gate_known"
QUARANTINED_SHARE = "quarantined_share"

_HOUR = 3_600_000_000  # microseconds
_NOTHING: Mapping[str, int] = MappingProxyType({})
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Verdict:
    """What the gate found in a batch. `rows` is the sum of the four outcomes below it.

    Attributes:
        results: Result per rule, in the contract's order; a limit of the quarantined share that was passed comes last.
        is_refused: Whether nothing of the batch may be published.
        rows: Rows of the batch.
        publishable: Rows that passed, one per key, and that the table does not hold yet.
        quarantined: Rows that failed a rule of severity error or fatal.
        duplicates: Rows that passed, and that another row of the batch with the same key stands for.
        known: Rows that passed, and that the table holds already, equal in all columns.
    """

    results: tuple[RuleResult, ...]
    is_refused: bool
    rows: int = 0
    publishable: int = 0
    quarantined: int = 0
    duplicates: int = 0
    known: int = 0


def failed_tally(check: Check) -> str:
    """Return the name of the tally of rows that fail a rule."""
    return f"gate_failed_{check.index}"


def newest_tally(check: Check) -> str:
    """Return the name of the tally of the newest moment of a column, in microseconds since 1970 (UTC)."""
    return f"gate_newest_{check.index}"


def nulls_tally(check: Check) -> str:
    """Return the name of the tally of rows that a rule passes as one of its columns is null."""
    return f"gate_nulls_{check.index}"


def counts_nulls(check: Check) -> bool:
    """Return whether the rows with a null are told apart from those that passed: Great Expectations leaves them out."""
    has_share = check.rule.expectation is not None and check.rule.expectation.mostly is not None
    return has_share and check.bit is not None and check.rule.kind != "not_null"


def judge(
    checks: Sequence[Check],
    groups: Groups,
    *,
    now: datetime,
    max_quarantined_share: float | None,
    found: Mapping[str, int] = _NOTHING,
) -> Verdict:
    """Return the verdict on a batch.

    Args:
        checks: The rules.
        groups: Tallies, one mapping per group of rows; none for a batch without rows.
        now: The time that ages are counted from.
        max_quarantined_share: Share (0 to 1) of the rows that may be quarantined; None for no limit.
        found: Per rule that another engine evaluates, by its id, the rows that failed it, or 1. A rule that is missing
            there was not evaluated, and counts as failed.
    """
    rows = _total(groups, ROWS)
    results = [_result(check, groups, rows, partial(_batch_failures, now=now, found=found)) for check in checks]
    quarantined = _total(groups, QUARANTINED)
    if max_quarantined_share is not None and quarantined > max_quarantined_share * rows:
        said = f"at most {max_quarantined_share:.2%} of a batch may be quarantined"
        results.append(
            RuleResult(QUARANTINED_SHARE, "fatal", "batch", rows, quarantined, "failed", QUARANTINED_SHARE, (), said)
        )
    return Verdict(
        results=tuple(results),
        is_refused=any(result.status == "failed" for result in results),
        rows=rows,
        publishable=_total(groups, PUBLISHABLE),
        quarantined=quarantined,
        duplicates=_total(groups, DUPLICATES),
        known=_total(groups, KNOWN_ROWS),
    )


def _result(check: Check, groups: Groups, rows: int, batch_failures: Callable[[Check, Groups, int], int]) -> RuleResult:
    rule = check.rule
    nulls = _total(groups, nulls_tally(check)) if counts_nulls(check) else None
    status: RuleStatus
    if check.bit is not None:
        failed = _total(groups, failed_tally(check))
        status = _row_status(check, failed, rows - (nulls or 0))
    else:
        failed = batch_failures(check, groups, rows)
        status = "passed" if not failed else "failed" if check.is_blocking else "warned"
    return RuleResult(
        rule.id,
        rule.severity,
        rule.scope,
        rows,
        failed,
        status,
        rule.kind,
        rule.columns,
        rule.description,
        engine="great_expectations" if rule.kind == GREAT_EXPECTATIONS else "tidegate",
        nulls=nulls,
    )


def _row_status(check: Check, failed: int, asked: int) -> RuleStatus:
    rule = check.rule
    if not failed:
        return "passed"
    is_over = rule.max_failed is not None and failed > rule.max_failed
    is_over |= rule.max_failed_share is not None and _is_beyond_share(rule, failed, asked)
    return "failed" if is_over or rule.severity == "fatal" else "warned"


def _is_beyond_share(rule: Rule, failed: int, asked: int) -> bool:
    if rule.expectation and rule.expectation.mostly is not None:
        return (asked - failed) / asked < rule.expectation.mostly  # word for word what Great Expectations computes
    return failed > (rule.max_failed_share or 0) * asked


def _batch_failures(check: Check, groups: Groups, rows: int, *, now: datetime, found: Mapping[str, int]) -> int:
    if check.rule.kind == GREAT_EXPECTATIONS:
        return found.get(check.rule.id, 1)
    return int(_batch_fails(check, groups, rows, now))


def _batch_fails(check: Check, groups: Groups, rows: int, now: datetime) -> bool:
    rule = check.rule
    if rule.kind == "row_count":
        low, high = rule.argument("min"), rule.argument("max")
        return (isinstance(low, int) and rows < low) or (isinstance(high, int) and rows > high)
    newest = [moment for group in groups if isinstance(moment := group[newest_tally(check)], int)]
    if not newest:
        return rows > 0
    return (now - _EPOCH) / timedelta(microseconds=1) - max(newest) > age_in_hours(rule) * _HOUR


def _total(groups: Groups, name: str) -> int:
    return sum(count for group in groups if isinstance(count := group[name], int))
