"""Rows of a quarantine as somebody asks for them: by an expression, by the rule that they failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.rules.checking import column_types
from tidegate.contracts.sql.expressions import ExpressionError, parse_expression, parse_value
from tidegate.contracts.types import SparkType
from tidegate.errors import SelectionError
from tidegate.job.life import READABLE
from tidegate.job.quarantine.actions import REASONS
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyspark.sql import Column, DataFrame

    from tidegate.model.contracts import Contract
    from tidegate.model.replays import Selection

LATE = "late"
_OWN = {
    "_row_hash": "string",
    "_run_id": "string",
    "_batch_id": "bigint",
    "_contract_version": "string",
    "_quarantined_at": "timestamp",
    "_source_file": "string",
    "_source_line": "bigint",
    "_state": "string",
}
_NESTED = ("array", "map", "struct")


def selected(rows: DataFrame, selection: Selection, contract: Contract) -> DataFrame:
    """Return the rows that a selection means.

    Args:
        rows: Rows of a quarantine, as `Quarantine` gives them.
        selection: Which.
        contract: Contract of their table.

    Raises:
        SelectionError: There is no such rule or column, or the expression is none of the language of rules.
    """
    chosen = [condition(selection.where, rows, contract)] if selection.where is not None else []
    if selection.rule is not None:
        check_rule(selection.rule, rows, contract)
        chosen.append(failed(selection.rule))
    for one in chosen:
        rows = rows.filter(one)
    return rows


def failed(rule: str) -> Column:
    """Return whether a row of a quarantine failed a rule."""
    return F.exists(F.col(REASONS), lambda reason: reason["rule"] == rule)


def condition(text: str, rows: DataFrame, contract: Contract) -> Column:
    """Return a condition that somebody wrote, once the language of rules knows it.

    Raises:
        SelectionError: It is no such condition; the message says why.
    """
    try:
        return F.expr(parse_expression(text, _types(rows, contract)).sql)
    except ExpressionError as error:
        raise _refused(error, "--where", contract) from error


def assignment(name: str, text: str, rows: DataFrame, contract: Contract) -> tuple[Column, Column]:
    """Return the value that an expression gives a column, as it is and as the column takes it.

    The second is null where the first does not fit the column's type.

    Raises:
        SelectionError: There is no such column, or its values are others; the message says why.
    """
    wanted = column_types(contract)
    if name not in wanted:
        known = ", ".join(wanted)
        raise SelectionError(
            f"there is no column {name!r}{did_you_mean(name, wanted)}",
            where=f"--set, {contract.table}",
            hint=f"columns that can be set: {known}",
        )
    try:
        sql = parse_value(text, wanted[name], _types(rows, contract)).sql
    except ExpressionError as error:
        raise _refused(error, f"--set {name}", contract) from error
    value = F.expr(sql)
    return value, value if wanted[name].name in _NESTED else F.expr(f"try_cast({sql} AS {wanted[name]})")


def check_rule(rule: str, rows: DataFrame, contract: Contract) -> None:
    """Refuse the name of a rule that neither the contract knows nor any row failed, for a rule may have gone since.

    Raises:
        SelectionError: There is no such rule.
    """
    known = {*(one.id for one in contract.rules), LATE, READABLE.id}
    if rule in known:
        return
    found = rows.select(F.explode(F.col(REASONS)["rule"]).alias("rule")).distinct().collect()
    known |= {row[0] for row in found}
    if rule not in known:
        raise unknown_rule(rule, known, str(contract.table))


def unknown_rule(rule: str, known: Iterable[str], table: str) -> SelectionError:
    """Return the error that there is no such rule."""
    known = sorted(known)
    return SelectionError(
        f"no rule is called {rule!r}{did_you_mean(rule, known)}", where=table, hint=f"rules: {', '.join(known)}"
    )


def _types(rows: DataFrame, contract: Contract) -> Mapping[str, SparkType]:
    own = {name: SparkType(kind) for name, kind in _OWN.items() if name in rows.columns}
    return {name: kind for name, kind in column_types(contract).items() if name in rows.columns} | own


def _refused(error: ExpressionError, option: str, contract: Contract) -> SelectionError:
    return SelectionError(
        f"the expression cannot be used: {error}",
        where=f"{option}, {contract.table}",
        hint="columns, values and the functions of a contract's sql rules; see docs/reference/rules.md",
    )
