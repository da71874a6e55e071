"""How many rows earlier runs had: kept in the commits of the table itself, so that a batch and its count are one thing.

Each commit carries the counts of the runs before it, too: nothing is looked up in the log, what a restore withdraws is
gone, and a run that is repeated sees what it saw before.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from tidegate.contracts.measures import measure
from tidegate.contracts.rules.compared_kinds import FEWEST_RUNS, ROW_COUNT_HISTORY, RUNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.tallies import Groups
    from tidegate.model.contracts import Rule
    from tidegate.model.reports import RuleResult


def usual_rows(rule: Rule, before: Sequence[int]) -> float | None:
    """Return the median of the rows of earlier runs; None where there were too few runs.

    Args:
        rule: A rule of the kind `row_count_history`.
        before: Rows of earlier runs, oldest first.
    """
    counts = before[-_runs(rule) :]
    least = rule.scalar("min_runs")
    wanted = least if isinstance(least, int) else min(FEWEST_RUNS, _runs(rule))
    return median(counts) if len(counts) >= wanted else None


def with_rows(
    before: Mapping[str, Sequence[int]], checks: Iterable[Check], groups: Groups, results: Iterable[RuleResult]
) -> dict[str, tuple[int, ...]]:
    """Return the rows of earlier runs with those of one more, by the ids of the rules that ask for them.

    A batch that failed a rule and was published all the same does not count for it, so no batch makes another like it
    usual. What no rule asks for any more is left out.

    Args:
        before: Rows of earlier runs per rule, oldest first.
        checks: The rules.
        groups: Tallies of the batch.
        results: How it fared.
    """
    failed = {result.id for result in results if result.failed}
    found: dict[str, tuple[int, ...]] = {}
    for check in checks:
        rule = check.rule
        if rule.kind == ROW_COUNT_HISTORY:
            here = () if rule.id in failed else (measure(check, groups).rows,)
            found[rule.id] = (*before.get(rule.id, ()), *here)[-_runs(rule) :]
    return found


def _runs(rule: Rule) -> int:
    runs = rule.scalar("runs")
    return runs if isinstance(runs, int) else RUNS
