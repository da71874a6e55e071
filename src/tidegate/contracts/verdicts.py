"""What the gate decides about a batch, from tallies alone. No Spark: the tallies have come to the driver already."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from tidegate.contracts.measures import batch_fails, counts_rows
from tidegate.contracts.tallies import DUPLICATES, KNOWN_ROWS, PUBLISHABLE, QUARANTINED, ROWS, name_of, total
from tidegate.model.reports import RuleResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tidegate.contracts.marks.checks import Check
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


def judge(
    checks: Sequence[Check],
    groups: Sequence[Mapping[str, object]],
    *,
    now: datetime,
    max_quarantined_share: float | None,
    min_score: float | None = None,
) -> Verdict:
    """Return the verdict on a batch.

    Args:
        checks: The rules.
        groups: Tallies, one mapping per group of rows; none for a batch without rows.
        now: The time that ages are counted from.
        max_quarantined_share: Share (0 to 1) of the rows that may be quarantined; None for no limit.
        min_score: The least score (0 to 1) of a batch that may be published; None for no limit.
    """
    rows = total(groups, ROWS)
    results = [_result(check, groups, rows, now) for check in checks]
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

    A rule about the whole batch was kept or was not, and one that concerned no row was kept. Without weights it is 1.

    Args:
        checks: The rules.
        results: Their results, in the same order; what comes after them is not looked at.
    """
    shares = [
        (
            Fraction(repr(check.rule.weight)),
            1 - Fraction(result.failed, max(result.checked, 1) if check.bit is not None else 1),
        )
        for check, result in zip(checks, results, strict=False)
    ]
    whole = sum(weight for weight, _ in shares)
    return sum((weight * share for weight, share in shares), start=Fraction(0)) / whole if whole else Fraction(1)


def _result(check: Check, groups: Sequence[Mapping[str, object]], rows: int, now: datetime) -> RuleResult:
    rule = check.rule
    if counts_rows(rule):
        rows = total(groups, name_of("checked", check.index))
    if check.bit is not None:
        failed = total(groups, failed_tally(check))
        status = _row_status(check, failed, rows)
    else:
        failed = int(batch_fails(check, groups, now))
        status = "passed" if not failed else "failed" if check.is_blocking else "warned"
    return RuleResult(
        rule.id, rule.severity, rule.scope, rows, failed, status, rule.kind, rule.columns, rule.description
    )


def _row_status(check: Check, failed: int, rows: int) -> RuleStatus:
    rule = check.rule
    if not failed:
        return "passed"
    is_over = rule.max_failed is not None and failed > rule.max_failed
    is_over |= rule.max_failed_share is not None and failed > rule.max_failed_share * rows
    return "failed" if is_over or rule.severity == "fatal" else "warned"
