"""Values that are worth a try in a column: usual ones, and those at the edges of its rules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tidegate.contracts.rules.formats import parse_format
from tidegate.contracts.rules.literals import as_value
from tidegate.contracts.samples.chance import Chance
from tidegate.contracts.samples.conditions import read_condition
from tidegate.contracts.samples.outcomes import listed
from tidegate.contracts.samples.texts import text_like
from tidegate.contracts.samples.values import beside, fitted, nth_value
from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tidegate.contracts.samples.comparing import Value
    from tidegate.contracts.samples.outcomes import Around
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule

_TRIES = 6
_LONGEST = 10_000


@dataclass(frozen=True)
class Column:
    """A column that values are wanted for.

    Attributes:
        name: Its name.
        kind: Its type.
        rules: The rules that read it, be it in their conditions.
        around: What its rows are held against.
        references: Values of it that other tables have, where it is part of a foreign key.
        seed: What draws are made from.
    """

    name: str
    kind: SparkType
    rules: Sequence[Rule]
    around: Around
    references: Sequence[Value]
    seed: str

    def candidates(self, number: int, *, nulls_first: bool = False) -> list[Value]:
        """Return values for the row of a number, the most usual first, and null; none is there twice."""
        usual = nth_value(self.kind, number, _label(self.name))
        found: dict[str, Value] = {repr(None): None} if nulls_first else {}
        turn = number % len(self.references) if self.references else 0
        referred = (*self.references[turn:], *self.references[:turn])
        for value in (*referred, usual, *self._of_rules(number), *beside(usual, self.kind)):
            found.setdefault(repr(value), value)
        found.setdefault(repr(None), None)
        return [*found.values()]

    def _of_rules(self, number: int) -> Iterator[Value]:
        chance = Chance(f"{self.seed}/{self.name}/{number}")
        for rule in self.rules:
            for value in self._of_rule(rule, chance, number):
                fits = fitted(value, self.kind)
                if fits is not None:
                    yield fits

    def _of_rule(self, rule: Rule, chance: Chance, number: int) -> Iterator[Value]:
        if rule.where:
            for literal in _literals(rule.where, self.around):
                yield from beside(literal, self.kind)
        make = _TEXTS.get(rule.kind)
        if self.name not in rule.columns:
            return
        if make is not None:
            yield from make(rule, chance, number)
        elif rule.kind in {"accepted_values", "forbidden_values", "not_missing"}:
            values = listed(rule, self.around)
            turn = chance.below(len(values)) if values else 0
            yield from (*values[turn:], *values[:turn])
        elif rule.kind in {"between", "date_between", "compare", "sql"}:
            for bound in _bounds(rule, self.around):
                yield from beside(bound, self.kind)
            if self.kind.has_nan:
                yield math.nan


def _label(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _lengths(rule: Rule, _: Chance, number: int) -> Iterator[Value]:
    for bound in (rule.argument("min"), rule.argument("max")):
        for length in (bound, bound - 1, bound + 1) if isinstance(bound, int) else ():
            if 0 <= length <= _LONGEST:
                digits = str(number)[-length:] if length else ""
                yield "x" * (length - len(digits)) + digits


def _patterns(rule: Rule, chance: Chance, _: int) -> Iterator[Value]:
    texts = [text_like(str(rule.argument("pattern")), chance) for _ in range(_TRIES)]
    yield from (*texts, "?", "")


def _castables(rule: Rule, _: Chance, number: int) -> Iterator[Value]:
    kind = parse_type(str(rule.argument("type")))
    usual = nth_value(kind, number % 50, "")
    yield from ("7" if kind.family == "number" else str(usual).replace("+00:00", "Z"), "no value")


def _moments(rule: Rule, _: Chance, number: int) -> Iterator[Value]:
    moment = datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(days=number)
    yield from (parse_format(str(rule.argument("format"))).written(moment), "no date")


_TEXTS: Mapping[str, Callable[[Rule, Chance, int], Iterator[Value]]] = {
    "castable": _castables,
    "date_format": _moments,
    "email": lambda rule, chance, number: iter((f"somebody{number + 1}@example.com", "nobody")),  # noqa: ARG005
    "length": _lengths,
    "pattern": _patterns,
    "uuid": lambda rule, chance, number: iter((f"00000000-0000-4000-8000-{number:012x}", "no uuid")),  # noqa: ARG005
}


def _literals(expression: str, around: Around) -> Iterator[Value]:
    found = read_condition(expression, [*around.types])
    yield from found.literals if found else ()


def _bounds(rule: Rule, around: Around) -> Iterator[Value]:
    if rule.kind == "sql":
        yield from _literals(str(rule.argument("expression")), around)
        return
    kinds: Mapping[str, SparkType] = around.types
    for name in ("min", "max", "value"):
        given = rule.argument(name)
        if given is not None and not isinstance(given, tuple):
            yield as_value(given, kinds[rule.columns[0]])
