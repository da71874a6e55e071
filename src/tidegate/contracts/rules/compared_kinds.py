"""Kinds of rules that compare rows or a batch with something else: what is usual, other runs, other tables.

What there is to compare with may not be there yet: then the rule is not checked, and its result says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.rules import failures, usual
from tidegate.contracts.rules import others as other
from tidegate.contracts.rules.arguments import MOMENTS, Parameter
from tidegate.contracts.rules.kind import ANY_NUMBER, Kind
from tidegate.contracts.rules.words import listed

if TYPE_CHECKING:
    from tidegate.model.contracts import Rule

ROW_COUNT_HISTORY, ROW_COUNT_SOURCE = "row_count_history", "row_count_source"
LAG, TOTAL_BALANCE, BALANCE = "lag", "total_balance", "balance"

RUNS, FEWEST_RUNS = 30, 5

# About a batch as a whole, compared with a number that only the run can find out.
BESIDE = frozenset({ROW_COUNT_HISTORY, ROW_COUNT_SOURCE, LAG, TOTAL_BALANCE})

_TOLERANCE = (Parameter("max_difference", "number"), Parameter("max_difference_share", "number"))
_TABLE = Parameter("table", "text", is_required=True)
_REFERENCES = Parameter("references", "names", is_required=True)


def _by(rule: Rule) -> str:
    return str(rule.argument("by"))


COMPARED_KINDS = (
    Kind(
        BALANCE,
        lambda rule: f"is not what {rule.argument('table')} has in all",
        failures.balance,
        parameters=(*_TOLERANCE, _REFERENCES, Parameter("sum", "text"), _TABLE),
        columns=(2, ANY_NUMBER),
        problems=other.balance_problems,
        suffix="balances",
    ),
    Kind(
        usual.DRIFT,
        lambda rule: f"is distributed otherwise than usual, by {_by(rule)}",
        parameters=(
            Parameter("by", "text", is_required=True, choices=(usual.CHI_SQUARE, usual.KOLMOGOROV_SMIRNOV, usual.PSI)),
            Parameter("edges", "values"),
            Parameter("max", "number"),
            Parameter("min_p_value", "number"),
            Parameter("min_values", "integer"),
            Parameter("shares", "values"),
            Parameter("values", "values"),
        ),
        families="number|string|boolean",
        scopes=("batch", "window"),
        problems=usual.drift_problems,
        suffix="has_not_drifted",
    ),
    Kind(
        LAG,
        lambda rule: f"is too far behind {rule.argument('table')} ({listed(rule, 'references')})",
        parameters=(Parameter("max_lag_days", "number"), Parameter("max_lag_hours", "number"), _REFERENCES, _TABLE),
        families=MOMENTS,
        scopes=("batch",),
        problems=other.lag_problems,
        suffix="keeps_up",
    ),
    Kind(
        usual.OUTLIER,
        lambda rule: f"is an outlier, by {_by(rule)}",
        failures.outlier,
        parameters=(
            Parameter("by", "text", is_required=True, choices=(usual.IQR, usual.MAD, usual.Z_SCORE)),
            Parameter("deviation", "number"),
            Parameter("high_quartile", "number"),
            Parameter("low_quartile", "number"),
            Parameter("mad", "number"),
            Parameter("max", "number", is_required=True),
            Parameter("mean", "number"),
            Parameter("median", "number"),
        ),
        families="number",
        problems=usual.outlier_problems,
        suffix="is_no_outlier",
    ),
    Kind(
        ROW_COUNT_HISTORY,
        lambda _: "has an unusual number of rows",
        parameters=(*_TOLERANCE, Parameter("min_runs", "integer"), Parameter("runs", "integer")),
        columns=(0, 0),
        scopes=("batch",),
        problems=other.history_problems,
        suffix="row_count_is_usual",
    ),
    Kind(
        ROW_COUNT_SOURCE,
        lambda rule: f"has another number of rows than were read from {rule.argument('table')}",
        parameters=(*_TOLERANCE, _TABLE),
        columns=(0, 0),
        scopes=("batch",),
        problems=other.table_problems,
        suffix="row_count_is_that_of_its_source",
    ),
    Kind(
        TOTAL_BALANCE,
        lambda rule: f"does not add up to what {rule.argument('table')} has in all",
        parameters=(*_TOLERANCE, Parameter("sum", "text"), _TABLE),
        columns=(0, 1),
        families="number",
        scopes=("batch",),
        problems=other.total_problems,
        suffix="balances_in_total",
    ),
)
