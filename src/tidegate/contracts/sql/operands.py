"""Parts of an SQL rule: what they are written as for Spark, and which of them fit together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.sql.tokens import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.contracts.sql.functions import Function
    from tidegate.contracts.types import SparkType

MAX_LENGTH = 10_000
ARITHMETIC = {"+": "try_add", "-": "try_subtract", "*": "try_multiply", "/": "try_divide"}
CASTS = {
    "string": {"number", "string", "boolean", "date", "timestamp", "binary", "null"},
    "number": {"number", "string", "boolean", "null"},
    "boolean": {"number", "string", "boolean", "null"},
    "date": {"string", "date", "timestamp", "null"},
    "timestamp": {"string", "date", "timestamp", "null"},
}

_UNKNOWN = frozenset({"null", "any"})
_TIMES = frozenset({"date", "timestamp"})
_SCALARS = frozenset({"number", "string", "boolean", "binary", "interval", "months", *_TIMES, *_UNKNOWN})


@dataclass(frozen=True)
class Operand:
    """A part of an expression.

    Attributes:
        sql: How Spark gets it.
        family: Family of its values; also `null` for the literal, `any` where it is not known (elements of arrays),
            `interval` for days and less, `months` for months and years.
        type: Its type, where it is a column or a field of one.
        is_integer: Whether it is a literal whole number.
    """

    sql: str
    family: str
    type: SparkType | None = None
    is_integer: bool = False


def require(operand: Operand, families: str) -> None:
    """Check that an operand is of one of some families, joined by `|`.

    Raises:
        ExpressionError: It is not.
    """
    if operand.family not in _UNKNOWN and operand.family not in families.split("|"):
        raise ExpressionError(f"{operand.sql} is a {operand.family} where a {families.replace('|', ' or ')} is wanted")


def common_family(operands: Sequence[Operand]) -> str:
    """Return the family that all operands are of; a date may stand beside a timestamp.

    Raises:
        ExpressionError: They are of different families, or of one whose values cannot be compared.
    """
    known = [operand for operand in operands if operand.family not in _UNKNOWN]
    families = {"timestamp" if operand.family in _TIMES else operand.family for operand in known}
    if len(families) > 1:
        shown = " and ".join(f"{operand.sql} (a {operand.family})" for operand in known)
        raise ExpressionError(f"{shown} are of different types; use CAST")
    if not families <= _SCALARS:
        raise ExpressionError(f"{known[0].sql} is a {known[0].family}, which cannot be compared")
    return families.pop() if families else "null"


def arithmetic(sign: str, left: Operand, right: Operand) -> Operand:
    """Return the result of `+ - * / %` or `||`; null where it overflows or divides by zero.

    Raises:
        ExpressionError: The operands do not fit the sign.
    """
    if sign == "||":
        require(left, "string")
        require(right, "string")
        return Operand(f"({left.sql} || {right.sql})", "string")
    if sign in "+-" and left.family in _TIMES:
        require(right, "interval|months" if sign == "+" else "interval|months|date|timestamp")
        family = "interval" if right.family in _TIMES else "timestamp"
        return Operand(f"{ARITHMETIC[sign]}({left.sql}, {right.sql})", family)
    require(left, "number")
    require(right, "number")
    if sign == "%":
        return Operand(f"({left.sql} % nullif({right.sql}, 0))", "number")
    return Operand(f"{ARITHMETIC[sign]}({left.sql}, {right.sql})", "number")


def call(name: str, function: Function, arguments: Sequence[Operand]) -> Operand:
    """Return the result of a function.

    Raises:
        ExpressionError: The arguments are too few, too many or of the wrong families.
    """
    wanted = function.takes.split()
    if wanted[-1].endswith("+"):
        wanted += [wanted[-1]] * (len(arguments) - len(wanted))
    least = sum(not families.endswith("?") for families in wanted)
    if not least <= len(arguments) <= len(wanted):
        raise ExpressionError(f"{name} takes {function.takes}, not {len(arguments)} arguments")
    alike = [argument for argument, families in zip(arguments, wanted, strict=False) if families.startswith("any")]
    for argument, families in zip(arguments, wanted, strict=False):
        _require_argument(name, argument, families.rstrip("?+"))
    family = common_family(alike) if len(alike) > 1 else "".join(argument.family for argument in alike)
    given = [argument.sql for argument in arguments]
    sql = function.template.format(*given) if function.template else f"{name}({', '.join(given)})"
    if len(sql) > MAX_LENGTH:
        raise ExpressionError(f"{name} is nested too deeply")
    return Operand(sql, family if function.gives == "any" else function.gives)


def _require_argument(name: str, argument: Operand, families: str) -> None:
    if families == "integer" and not argument.is_integer:
        raise ExpressionError(f"{name} takes a whole number, not {argument.sql}")
    if families not in {"integer", "any"}:
        require(argument, families)
