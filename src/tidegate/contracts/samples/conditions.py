"""SQL expressions of rules in plain Python, as far as they compare columns and literals with each other.

Everything else that the language of rules has is not understood here, and said so: no row is made up for it.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from tidegate.contracts.rules.literals import as_date, as_timestamp
from tidegate.contracts.samples.comparing import Value, comparable
from tidegate.contracts.sql.tokens import ExpressionError, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tidegate.contracts.sql.tokens import Cursor

Row: TypeAlias = "Mapping[str, Value]"
Part: TypeAlias = "Callable[[Row], Value]"
Truth: TypeAlias = "Callable[[Row], bool | None]"

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Condition:
    """An expression that was understood.

    Attributes:
        holds: Returns whether it holds for a row; None where SQL says null.
        literals: The values that it compares with.
    """

    holds: Truth
    literals: tuple[Value, ...]


def read_condition(text: str, columns: Sequence[str]) -> Condition | None:
    """Return an expression in plain Python; None where it is more than comparisons.

    Args:
        text: The expression; it was parsed and found good before.
        columns: The columns of the contract.
    """
    try:
        cursor = tokenize(text)
        reader = _Reader(cursor, {name.lower(): name for name in columns})
        holds = reader.either()
        cursor.end()
    except ValueError:
        return None
    return Condition(holds, tuple(reader.literals))


class _Reader:
    """Reads tokens from left to right; raises an ExpressionError for what it does not know."""

    def __init__(self, cursor: Cursor, columns: Mapping[str, str]) -> None:
        self._cursor, self._columns = cursor, columns
        self.literals: list[Value] = []

    def either(self) -> Truth:
        parts = [self._both()]
        while self._cursor.accept("or"):
            parts.append(self._both())
        return lambda row: _any([part(row) for part in parts])

    def _both(self) -> Truth:
        parts = [self._negated()]
        while self._cursor.accept("and"):
            parts.append(self._negated())
        return lambda row: _not(_any([_not(part(row)) for part in parts]))

    def _negated(self) -> Truth:
        if self._cursor.accept("not"):
            inner = self._negated()
            return lambda row: _not(inner(row))
        if self._cursor.accept("("):
            inner = self.either()
            self._cursor.expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Truth:
        left = self._operand()
        if self._cursor.accept("is"):
            is_negated = self._cursor.accept("not")
            self._cursor.expect("null")
            return lambda row: (left(row) is None) != is_negated
        is_negated = self._cursor.accept("not")
        found = self._listed(left)
        return (lambda row: _not(found(row))) if is_negated else found

    def _listed(self, left: Part) -> Truth:
        if self._cursor.accept("in"):
            self._cursor.expect("(")
            items = [self._operand()]
            while self._cursor.accept(","):
                items.append(self._operand())
            self._cursor.expect(")")
            return lambda row: _any([compared("=", left(row), item(row)) for item in items])
        if self._cursor.accept("between"):
            low = self._operand()
            self._cursor.expect("and")
            high = self._operand()
            return lambda row: _not(_any([compared("<", left(row), low(row)), compared(">", left(row), high(row))]))
        sign = self._cursor.take()
        if sign.kind != "sign" or sign.value not in _OPERATORS:
            raise ExpressionError(sign.shown)
        right = self._operand()
        return lambda row: compared(sign.value, left(row), right(row))

    def _operand(self) -> Part:
        token = self._cursor.take()
        word = token.value.lower()
        if token.kind == "column" or (token.kind == "word" and word in self._columns):
            name = self._columns.get(word)
            if name is None:
                raise ExpressionError(token.shown)
            return lambda row: row[name]
        if token.kind == "sign" and token.value == "-":
            return self._literal(-Decimal(self._number()))
        if token.kind == "number":
            return self._literal(Decimal(token.value))
        if token.kind == "text":
            return self._literal(token.value)
        if token.kind == "word" and word in {"true", "false"}:
            return self._literal(word == "true")
        if token.kind == "word" and word in {"date", "timestamp"}:
            text = self._cursor.text(word)
            return self._literal(as_date(text) if word == "date" else as_timestamp(text))
        raise ExpressionError(token.shown)

    def _number(self) -> str:
        token = self._cursor.take()
        if token.kind != "number":
            raise ExpressionError(token.shown)
        return token.value

    def _literal(self, value: Value) -> Part:
        self.literals.append(value)
        return lambda _: value


def compared(sign: str, left: Value, right: Value) -> bool | None:
    """Return whether two values stand in a relation such as `<=`; None where one of them is null."""
    if left is None or right is None:
        return None
    return _OPERATORS[sign](*comparable(left, right))


def _any(truths: Sequence[bool | None]) -> bool | None:
    return True if True in truths else None if None in truths else False


def _not(truth: bool | None) -> bool | None:  # noqa: FBT001 - a truth of SQL is what it is about
    return None if truth is None else not truth
