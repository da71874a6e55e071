"""Rows of a contract: some that pass all rules, and one per rule that fails it alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, repeat
from typing import TYPE_CHECKING

from tidegate.contracts.rules.checking import column_types
from tidegate.contracts.rules.concern import columns_read
from tidegate.contracts.samples.candidates import Column
from tidegate.contracts.samples.outcomes import Around, Unknown, key_of, never_null, outcome
from tidegate.contracts.samples.search import Wish, find_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tidegate.contracts.samples.comparing import Value
    from tidegate.contracts.samples.conditions import Row
    from tidegate.contracts.samples.outcomes import Fails
    from tidegate.model.contracts import Contract, Rule
    from tidegate.model.names import TableName

    Rows = Sequence[Mapping[str, Value]]

_VALID = 4
_MOST_ALSO = 2


@dataclass(frozen=True)
class Breaking:
    """A row that fails a rule.

    Attributes:
        rule: Id of the rule.
        fails: Ids of all rules that it fails: the rule alone, unless whatever fails it fails others, too.
        row: The row.
    """

    rule: str
    fails: tuple[str, ...]
    row: Mapping[str, Value]


@dataclass(frozen=True)
class Samples:
    """Rows to test a contract with. No key is there twice, so all of them can be one batch.

    Attributes:
        valid: Rows that pass every rule about rows, the last with as many nulls as may be.
        breaking: Rows that fail one rule each.
        not_broken: Per rule that no row was made for, why.
        untold: Rules about rows of which nobody can tell here whether the rows above fail them.
    """

    valid: tuple[Mapping[str, Value], ...]
    breaking: tuple[Breaking, ...]
    not_broken: Mapping[str, str]
    untold: tuple[str, ...]


def make_samples(contract: Contract, references: Mapping[TableName, Rows], *, seed: int = 0) -> Samples:
    """Return rows of a contract; the same ones for the same contract, references and seed.

    Args:
        contract: The contract.
        references: Rows of the tables that foreign keys refer to; a table that is not there is not known.
        seed: Another one gives other rows.
    """
    maker = _Maker(contract, references, f"{seed}/{contract.table}")
    valid = tuple(maker.valid())
    breaking, not_broken = maker.breaking()
    return Samples(valid, breaking, not_broken, maker.untold)


class _Maker:
    """Makes the rows of one contract one after the other, so that no two have the same key."""

    def __init__(self, contract: Contract, references: Mapping[TableName, Rows], seed: str) -> None:
        types = column_types(contract)
        targets = {rule.id: rule.reference for rule in contract.rules if rule.kind == "foreign_key"}
        known = {name: _keys(references.get(key.table), key.references) for name, key in targets.items()}
        around = Around(types, never_null(contract), known)
        self._number = 0
        self._rules = {rule.id: rule for rule in contract.rules}
        self._outcomes = {rule.id: outcome(rule, around) for rule in contract.rules}
        self._fails = {name: found for name, found in self._outcomes.items() if not isinstance(found, Unknown)}
        self._read = {rule.id: columns_read(rule, types) for rule in contract.rules}
        self._columns = [
            Column(
                name,
                kind,
                [rule for rule in contract.rules if name in self._read[rule.id]],
                around,
                [*_referred(name, contract, references)],
                seed,
            )
            for name, kind in types.items()
        ]
        unique = [rule.columns for rule in contract.rules if rule.kind == "unique"]
        keys = [*unique, *([contract.primary_key] if contract.primary_key else [])]
        self._taken: dict[tuple[str, ...], set[object]] = {columns: set() for columns in keys}

    @property
    def untold(self) -> tuple[str, ...]:
        """The rules about rows whose outcome nobody can tell here."""
        return tuple(name for name, why in self._outcomes.items() if isinstance(why, Unknown) and why.is_about_rows)

    def valid(self) -> Iterator[Mapping[str, Value]]:
        """Yield rows that pass all rules; none where there seems to be no such row."""
        for number in range(_VALID):
            row = self._row({}, nulls_first=number == _VALID - 1)
            if row is not None:
                yield row

    def breaking(self) -> tuple[tuple[Breaking, ...], dict[str, str]]:
        """Return a row per rule that can be broken, and why the others cannot."""
        broken: list[Breaking] = []
        reasons: dict[str, str] = {}
        for name, found in self._outcomes.items():
            if isinstance(found, Unknown):
                reasons[name] = found.reason
                continue
            made = next(filter(None, map(self._broken, repeat(name), self._sets(name))), None)
            if made is None:
                reasons[name] = "no row was found that fails it and hardly anything else"
            else:
                broken.append(made)
        return tuple(broken), reasons

    def _sets(self, name: str) -> Iterator[frozenset[str]]:
        """Yield the sets of rules that may fail together with a rule: alone first, then with few of its columns."""
        columns = set(self._read[name])
        others = [other for other in self._fails if other != name and columns.intersection(self._read[other])]
        for count in range(_MOST_ALSO + 1):
            yield from (frozenset([name, *also]) for also in combinations(others, count))

    def _broken(self, name: str, failing: frozenset[str]) -> Breaking | None:
        row = self._row(dict.fromkeys(failing, True))
        return None if row is None else Breaking(name, tuple(rule for rule in self._rules if rule in failing), row)

    def _row(self, fails: Mapping[str, bool], *, nulls_first: bool = False) -> Mapping[str, Value] | None:
        wishes = [
            Wish(self._read[name], _wish(found, wanted=fails.get(name, False))) for name, found in self._fails.items()
        ]
        wishes += [Wish(columns, _is_free(columns, taken)) for columns, taken in self._taken.items()]
        sure = [
            Wish(self._rules[name].columns, _is_null(self._rules[name]))
            for name in self.untold
            if self._rules[name].kind != "sql"
        ]
        candidates = {column.name: column.candidates(self._number, nulls_first=nulls_first) for column in self._columns}
        row = find_row(candidates, [*wishes, *sure]) or (find_row(candidates, wishes) if sure else None)
        if row is not None:
            self._number += 1
            for columns, taken in self._taken.items():
                taken.add(key_of(row, columns))
        return row


def _wish(fails: Fails, *, wanted: bool) -> Callable[[Row], bool]:
    return lambda row: fails(row) is wanted


def _is_free(columns: tuple[str, ...], taken: set[object]) -> Callable[[Row], bool]:
    return lambda row: (key := key_of(row, columns)) is None or key not in taken


def _is_null(rule: Rule) -> Callable[[Row], bool]:
    """Return whether a row surely passes a rule that lets every row pass which has a null among its columns."""
    return lambda row: any(row[name] is None for name in rule.columns)


def _keys(rows: Rows | None, columns: tuple[str, ...]) -> frozenset[tuple[object, ...]] | None:
    if rows is None:
        return None
    return frozenset(key for row in rows if (key := key_of(row, columns)) is not None)


def _referred(name: str, contract: Contract, references: Mapping[TableName, Rows]) -> Iterator[Value]:
    for key in contract.foreign_keys:
        if name in key.columns:
            column = key.references[key.columns.index(name)]
            yield from (row[column] for row in references.get(key.table, ()) if row[column] is not None)
