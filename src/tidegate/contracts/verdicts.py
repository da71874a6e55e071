"""What the gate decides about a batch, from tallies alone. No Spark: the tallies have come to the driver already."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from tidegate.contracts.measures import batch_fails, counts_rows, unchecked
from tidegate.contracts.rules.kinds import GREAT_EXPECTATIONS
from tidegate.contracts.tallies import DUPLICATES, KNOWN_ROWS, PUBLISHABLE, QUARANTINED, ROWS, name_of, total
from tidegate.model.reports import RuleResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.tallies import Groups, Number
    from tidegate.model.contracts import Rule
    from tidegate.model.reports import RuleStatus

__all__ = [
    "DUPLICATES",
    "KNOWN_ROWS",
    "PUBLISHABLE",
    "QUARANTINED",
    "QUARANTINED_SHARE",
    "ROWS",
    "SCORE",
    "Verdict",
    "failed_tally",
    "judge",
]

QUARANTINED_SHARE = "quarantined_share"
SCORE = "score"

_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Verdict:
    """What the gate found in a batch. `rows` is the sum of the four outcomes below it.

    Attributes:
        results: Result per rule, in the contract's order; limits of the whole batch that were passed come last.
        is_refused: Whether nothing of the batch may be published.
        rows: Rows of the batch.
        publishable: Rows that passed, one per key, and that the table does not hold yet.
        quarantined: Rows that failed a rule of severity error or fatal.
        duplicates: Rows that passed, and that another row of the batch with the same key stands for.
        known: Rows that passed, and that the table holds already, equal in all columns.
        score: How well the rules were kept, from 0 to 1: the share of rows that passed each, by the rules' weights.
    """

    results: tuple[RuleResult, ...]
    is_refused: bool
    rows: int = 0
    publishable: int = 0
    quarantined: int = 0
    duplicates: int = 0
    known: int = 0
    score: float = 1


def failed_tally(check: Check) -> str:
    """Return the name of the tally of rows that fail a rule."""
    return name_of("failed", check.index)


def counts_nulls(check: Check) -> bool:
    """Return whether the rows with a null are told apart from those that passed: Great Expectations leaves them out."""
    has_share = check.rule.expectation is not None and check.rule.expectation.mostly is not None
    return has_share and check.bit is not None and check.rule.kind != "not_null"


def judge(  # noqa: PLR0913 - all that a verdict depends on, each by its name
    checks: Sequence[Check],
    groups: Groups,
    *,
    now: datetime,
    max_quarantined_share: float | None,
    min_score: float | None = None,
    found: Mapping[str, int] = _NOTHING,
    beside: Mapping[str, Number | None] = _NOTHING,
) -> Verdict:
    """Return the verdict on a batch.

    Args:
        checks: The rules.
        groups: Tallies, one mapping per group of rows; none for a batch without rows.
        now: The time that ages are counted from.
        max_quarantined_share: Share (0 to 1) of the rows that may be quarantined; None for no limit.
        min_score: The least score (0 to 1) of a batch that may be published; None for no limit.
        found: Per rule that another engine evaluates, by its id, the rows that failed it, or 1. A rule that is missing
            there was not evaluated, and counts as failed.
        beside: Per rule that compares with a number from elsewhere, by its id, that number; a rule whose number is
            missing is not checked.
    """
    rows = total(groups, ROWS)

    def batch_failures(check: Check) -> int:
        if check.rule.kind == GREAT_EXPECTATIONS:
            return found.get(check.rule.id, 1)
        return sum(batch_fails(check, window, now, beside) for window in _windows(check, groups, beside))

    results = [_result(check, groups, batch_failures, _why_unchecked(check, groups, beside)) for check in checks]
    quarantined = total(groups, QUARANTINED)
    if max_quarantined_share is not None and quarantined > max_quarantined_share * rows:
        said = f"at most {max_quarantined_share:.2%} of a batch may be quarantined"
        results.append(
            RuleResult(QUARANTINED_SHARE, "fatal", "batch", rows, quarantined, "failed", QUARANTINED_SHARE, (), said)
        )
    score = score_of(checks, results)
    if min_score is not None and score < Fraction(repr(min_score)):
        said = f"the score is {float(score):.2%}, and a batch needs {min_score:.2%}"
        results.append(RuleResult(SCORE, "fatal", "batch", rows, 1, "failed", SCORE, (), said))
    return Verdict(
        results=tuple(results),
        is_refused=any(result.status == "failed" for result in results),
        rows=rows,
        publishable=total(groups, PUBLISHABLE),
        quarantined=quarantined,
        duplicates=total(groups, DUPLICATES),
        known=total(groups, KNOWN_ROWS),
        score=float(score),
    )


def score_of(checks: Sequence[Check], results: Sequence[RuleResult]) -> Fraction:
    """Return how well rules were kept, from 0 to 1: the mean, by their weights, of the share of rows that passed each.

    A rule about the whole batch was kept or was not, and one that concerned no row was kept. One that could not be
    checked counts nothing. Without weights it is 1.

    Args:
        checks: The rules.
        results: Their results, in the same order; what comes after them is not looked at.
    """
    shares = [
        (
            Fraction(repr(check.rule.weight)),
            1 - (Fraction(result.failed, max(result.checked, 1)) if check.bit is not None else min(result.failed, 1)),
        )
        for check, result in zip(checks, results, strict=False)
        if result.status != "unchecked"
    ]
    whole = sum(weight for weight, _ in shares)
    return sum((weight * share for weight, share in shares), start=Fraction(0)) / whole if whole else Fraction(1)


def _windows(check: Check, groups: Groups, beside: Mapping[str, Number | None]) -> Sequence[Groups]:
    """Return the parts of a batch that a rule is asked of one by one: all of it, or each event day that can be."""
    if check.rule.scope != "window":
        return [groups]
    return [[group] for group in groups if not unchecked(check, [group], beside)]


def _why_unchecked(check: Check, groups: Groups, beside: Mapping[str, Number | None]) -> str:
    """Return why a rule could not be asked; empty where it could, in a window at least."""
    asked: list[Groups] = [groups]
    if check.rule.scope == "window" and groups:
        asked = [[group] for group in groups]
    reasons = [unchecked(check, window, beside) for window in asked]
    return reasons[0] if all(reasons) else ""


def _result(check: Check, groups: Groups, batch_failures: Callable[[Check], int], note: str) -> RuleResult:
    rule = check.rule
    rows = total(groups, name_of("checked", check.index) if counts_rows(rule) else ROWS)
    nulls = total(groups, name_of("nulls", check.index)) if counts_nulls(check) else None
    status: RuleStatus
    if note:
        # Fatal says that nothing is published unless this holds, and nobody can say that it does.
        rows, is_refused = 0, rule.severity == "fatal"
        failed, status = int(is_refused), "failed" if is_refused else "unchecked"
    elif check.bit is not None:
        failed = total(groups, failed_tally(check))
        status = _row_status(check, failed, rows - (nulls or 0))
    else:
        failed = batch_failures(check)
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
        note=note,
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
