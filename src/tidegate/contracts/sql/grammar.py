"""The grammar of SQL rules: tokens in, checked Spark SQL out.

Operands of one operator are of one family, so that no implicit cast can fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.rules.literals import as_date, as_timestamp
from tidegate.contracts.rules.patterns import like_problem, pattern_problem
from tidegate.contracts.sql.functions import FUNCTIONS
from tidegate.contracts.sql.operands import CASTS, Operand, arithmetic, call, common_family, require
from tidegate.contracts.sql.tokens import ExpressionError, sql_text
from tidegate.contracts.types import parse_type, quoted
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.contracts.sql.tokens import Cursor, Token
    from tidegate.contracts.types import SparkType

MAX_DEPTH = 50

_COMPARISONS = {"=": "=", "==": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "<=>": "<=>"}
_UNITS = {"second": "interval", "minute": "interval", "hour": "interval", "day": "interval", "week": "interval"}
_UNITS |= {"month": "months", "year": "months"}
_RESERVED = frozenset(
    ["and", "or", "not", "in", "is", "between", "like", "rlike", "case", "when", "then", "else", "end", "as"]
)


class Parser:
    """Reads one expression by recursive descent.

    Attributes:
        columns: The columns that were read, in order.
    """

    def __init__(self, tokens: Cursor, types: Mapping[str, SparkType]) -> None:
        """Start at the first token; `types` are the columns that may be read."""
        self._tokens, self._types = tokens, types
        self._depth = 0
        self.columns: dict[str, None] = {}

    @property
    def _at(self) -> Token:
        return self._tokens.token

    def expression(self) -> Operand:
        """Return the next expression.

        Raises:
            ExpressionError: What comes next is not one.
        """
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"it is nested more than {MAX_DEPTH} levels deep")
        found = self._logic("or", lambda: self._logic("and", self._negation))
        self._depth -= 1
        return found

    def _logic(self, word: str, inner: Callable[[], Operand]) -> Operand:
        found = [inner()]
        while self._tokens.accept(word):
            found.append(inner())
        if len(found) == 1:
            return found[0]
        for operand in found:
            require(operand, "boolean")
        return Operand(f"({f' {word.upper()} '.join(operand.sql for operand in found)})", "boolean")

    def _negation(self) -> Operand:
        negations = 0
        while self._tokens.accept("not"):
            negations += 1
        found = self._predicate()
        if not negations:
            return found
        require(found, "boolean")
        return Operand(f"(NOT {found.sql})" if negations % 2 else found.sql, "boolean")

    def _predicate(self) -> Operand:
        left = self._sum()
        sign = _COMPARISONS.get(self._at.value) if self._at.kind == "sign" else None
        if sign:
            self._tokens.take()
            return self._compared(left, sign)
        if self._tokens.accept("is"):
            return self._is(left)
        no = "NOT " if self._tokens.accept("not") else ""
        for word, read in (("in", self._in), ("between", self._between), ("like", self._like), ("rlike", self._rlike)):
            if self._tokens.accept(word):
                return Operand(f"({left.sql} {no}{read(left)})", "boolean")
        if no:
            raise ExpressionError("NOT is followed by IN, BETWEEN, LIKE or RLIKE there")
        return left

    def _compared(self, left: Operand, sign: str) -> Operand:
        right = self._sum()
        common_family([left, right])
        return Operand(f"({left.sql} {sign} {right.sql})", "boolean")

    def _is(self, left: Operand) -> Operand:
        no = "NOT " if self._tokens.accept("not") else ""
        if self._tokens.accept("distinct"):
            self._tokens.expect("from")
            same = self._compared(left, "<=>")
            return same if no else Operand(f"(NOT {same.sql})", "boolean")
        word = next((word for word in ("null", "true", "false") if self._tokens.accept(word)), None)
        if word is None:
            raise ExpressionError("IS is followed by NULL, TRUE, FALSE or DISTINCT FROM")
        if word != "null":
            require(left, "boolean")
        return Operand(f"({left.sql} IS {no}{word.upper()})", "boolean")

    def _in(self, left: Operand) -> str:
        values = self._arguments()
        if not values:
            raise ExpressionError("IN needs at least one value")
        common_family([left, *values])
        return f"IN ({', '.join(value.sql for value in values)})"

    def _between(self, left: Operand) -> str:
        low = self._sum()
        self._tokens.expect("and")
        high = self._sum()
        common_family([left, low, high])
        return f"BETWEEN {low.sql} AND {high.sql}"

    def _like(self, left: Operand) -> str:
        require(left, "string")
        pattern = self._tokens.text("LIKE")
        if problem := like_problem(pattern):
            raise ExpressionError(problem)
        return f"LIKE {sql_text(pattern)}"

    def _rlike(self, left: Operand) -> str:
        require(left, "string")
        pattern = self._tokens.text("RLIKE")
        if problem := pattern_problem(pattern):
            raise ExpressionError(problem)
        return f"RLIKE {sql_text(pattern)}"

    def _sum(self) -> Operand:
        return self._arithmetic(("+", "-", "||"), lambda: self._arithmetic(("*", "/", "%"), self._unary))

    def _arithmetic(self, signs: tuple[str, ...], inner: Callable[[], Operand]) -> Operand:
        found, length = inner(), 0
        while self._at.kind == "sign" and self._at.value in signs:
            found, length = arithmetic(self._tokens.take().value, found, inner()), length + 1
        if length > MAX_DEPTH:
            raise ExpressionError(f"it has more than {MAX_DEPTH} signs in one row of + or *")
        return found

    def _unary(self) -> Operand:
        is_negative = False
        while self._at.kind == "sign" and self._at.value in {"+", "-"}:
            is_negative ^= self._tokens.take().value == "-"
        found = self._primary()
        if not is_negative:
            return found
        require(found, "number")
        is_literal = found.sql[0].isdigit()
        return Operand(
            f"-{found.sql}" if is_literal else f"try_subtract(0, {found.sql})", "number", None, found.is_integer
        )

    def _primary(self) -> Operand:
        token = self._tokens.take()
        if token.kind == "number":
            return Operand(
                f"0{token.value}" if token.value[0] == "." else token.value, "number", None, token.value.isdigit()
            )
        if token.kind == "text":
            return Operand(sql_text(token.value), "string")
        if token.kind == "column":
            return self._column(token.value)
        if token.kind == "sign" and token.value == "(":
            found = self.expression()
            self._tokens.expect(")")
            return found
        if token.kind == "word":
            return self._word(token.value)
        raise ExpressionError(f"{token.shown!r} stands where a value is wanted")

    def _word(self, name: str) -> Operand:
        word = name.lower()
        if word in {"true", "false", "null"}:
            return Operand(word.upper(), "null" if word == "null" else "boolean")
        if word == "case":
            return self._case()
        if word in _RESERVED:
            raise ExpressionError(f"{name!r} stands where a value is wanted; a column of that name is `{name}`")
        if self._at.kind == "sign" and self._at.value == "(":
            return self._call(name, word)
        if word == "interval" and self._at.kind in {"number", "text"}:
            return self._interval()
        return self._moment(word) if word in {"date", "timestamp"} and self._at.kind == "text" else self._column(name)

    def _call(self, name: str, word: str) -> Operand:
        if word in {"cast", "try_cast"}:
            return self._cast()
        if word not in FUNCTIONS:
            raise ExpressionError(f"the function {name} is not allowed{did_you_mean(word, FUNCTIONS)}")
        return call(word, FUNCTIONS[word], self._arguments())

    def _column(self, name: str) -> Operand:
        if name not in self._types:
            raise ExpressionError(f"there is no column {name!r}{did_you_mean(name, self._types)}")
        self.columns[name] = None
        sql, found = quoted(name), self._types[name]
        while self._tokens.accept("."):
            label = self._tokens.take().value
            fields = dict(found.parts) if found.name == "struct" else {}
            if label not in fields:
                raise ExpressionError(f"{sql} has no field {label!r}{did_you_mean(label, fields)}")
            sql, found = f"{sql}.{quoted(label)}", fields[label]
        return Operand(sql, found.family, found)

    def _case(self) -> Operand:
        sql, results = "(CASE", []
        while self._tokens.accept("when"):
            condition = self.expression()
            require(condition, "boolean")
            self._tokens.expect("then")
            results.append(self.expression())
            sql += f" WHEN {condition.sql} THEN {results[-1].sql}"
        if not results:
            raise ExpressionError("CASE is followed by WHEN")
        if self._tokens.accept("else"):
            results.append(self.expression())
            sql += f" ELSE {results[-1].sql}"
        self._tokens.expect("end")
        return Operand(f"{sql} END)", common_family(results))

    def _cast(self) -> Operand:
        self._tokens.expect("(")
        value = self.expression()
        self._tokens.expect("as")
        wanted = self._type()
        self._tokens.expect(")")
        if value.family not in CASTS.get(wanted.family, ()):
            raise ExpressionError(f"{value.sql} is a {value.family}, which cannot become a {wanted}")
        return Operand(f"try_cast({value.sql} AS {wanted})", wanted.family, wanted)

    def _type(self) -> SparkType:
        words: list[str] = []
        while self._at.kind != "end" and (self._at.value != ")" or words.count("(") > words.count(")")):
            words.append(self._tokens.take().value)
        try:
            return parse_type(" ".join(words))
        except ValueError as error:
            raise ExpressionError(str(error)) from error

    def _interval(self) -> Operand:
        number, unit = self._tokens.take().value, self._tokens.take().value.lower().removesuffix("s")
        if not number.isdecimal() or unit not in _UNITS:
            raise ExpressionError(f"an interval is a whole number and one of {', '.join(_UNITS)}")
        return Operand(f"INTERVAL '{number}' {unit.upper()}", _UNITS[unit])

    def _moment(self, word: str) -> Operand:
        text = self._tokens.take().value
        try:
            shown = as_date(text).isoformat() if word == "date" else as_timestamp(text).isoformat(" ")
        except ValueError as error:
            raise ExpressionError(str(error)) from error
        return Operand(f"{word.upper()} '{shown}'", word)

    def _arguments(self) -> list[Operand]:
        self._tokens.expect("(")
        values: list[Operand] = []
        while not self._tokens.accept(")"):
            if values:
                self._tokens.expect(",")
            values.append(self.expression())
        return values
