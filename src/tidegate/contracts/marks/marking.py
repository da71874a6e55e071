"""Marks on a batch's rows: which rules each failed, which stands for its key, which are in the table already."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, cast

from pyspark.sql import functions as F

from tidegate.contracts.marks import masks
from tidegate.contracts.marks.balances import with_balance
from tidegate.contracts.marks.bounds import implied_by, within
from tidegate.contracts.marks.checks import KNOWN, RANK
from tidegate.contracts.marks.likeness import with_alike, with_alike_in
from tidegate.contracts.marks.neighbours import (
    Other,
    aligned,
    comparable,
    with_rank,
    with_reference,
    with_table,
    with_twins,
)
from tidegate.contracts.marks.normal import compared_names, searched_names, with_normal
from tidegate.contracts.marks.searching import Search
from tidegate.contracts.marks.sites import FrameSite, all_filled, column
from tidegate.contracts.rules.compared_kinds import BALANCE
from tidegate.contracts.rules.concern import columns_read, where_sql
from tidegate.contracts.rules.likeness import likeness_of
from tidegate.contracts.rules.normal import NEAR_UNIQUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.marks.bounds import Bounds
    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.marks.deletions import Deletions
    from tidegate.contracts.marks.designs import Reach
    from tidegate.contracts.rules.kind import Site
    from tidegate.contracts.types import SparkType
    from tidegate.model.names import TableName

# Kinds that ask whether another row is the same.
UNIQUE = frozenset({"unique", NEAR_UNIQUE})

_FALSE = False


@dataclass(frozen=True)
class Surroundings:
    """What a batch is held against.

    Attributes:
        references: The tables that foreign keys refer to.
        existing: The table itself; None where it is new, or where no rule needs it.
        keys: Columns that identify a row.
        order_by: Columns that order the versions of a row before all others do, the most important first.
        is_merged: Whether rows replace those of the table with the same key, so that a key that is taken is no failure.
        deletions: Which rows ask for a deletion; None where none does.
        functions: What the project's own functions say of a row, by the positions of their rules.
        reaches: How much of the tables is brought to the rows; the whole of those that are not named.
        is_chosen: Whether it matters which good row stands for its key.
        bounds: How far columns of the batch reach: what lies outside of them in another table equals no row.
        stored: Per column that is published otherwise than it comes, the column of the batch with what the table is to
            hold. Rules about one row see what came; whatever compares rows sees what the table holds.
    """

    references: Mapping[TableName, DataFrame]
    existing: DataFrame | None
    keys: tuple[str, ...]
    order_by: tuple[str, ...]
    is_merged: bool
    deletions: Deletions | None = None
    functions: Mapping[int, Column] = field(default_factory=dict)
    reaches: Mapping[TableName, Reach] = field(default_factory=dict)
    is_chosen: bool = True
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)


def looks_at_table(check: Check, keys: Sequence[str]) -> bool:
    """Return whether a rule other than the primary key's has to look at the table.

    Rows that are equal in columns among which the key is are versions of one row, which are no failure.

    Args:
        check: The rule.
        keys: Columns that identify a row in the table.
    """
    is_implied = check.rule.kind != NEAR_UNIQUE and implied_by(keys, check.rule.columns)
    return check.rule.kind in UNIQUE and check.rule.scope == "table" and not is_implied


@dataclass
class Marking:
    """Marks one batch.

    Attributes:
        checks: The rules about rows.
        types: Types of the contract's columns, by name.
        around: What the batch is held against.
    """

    checks: Sequence[Check]
    types: Mapping[str, SparkType]
    around: Surroundings
    _found: dict[int, Column] = field(default_factory=dict, init=False)
    _held: list[Column] = field(default_factory=list, init=False)

    def mark(self, rows: DataFrame) -> DataFrame:
        """Return the rows with `_failed` (and `_failed_1`, …), `_rank` and `_known` added. No action runs."""
        return self.settle(self.mark_alone(rows))

    def mark_alone(self, rows: DataFrame) -> DataFrame:
        """Return the rows marked as if each were the only one of the batch: `_rank` is 1. No action runs."""
        marked = self._with_existing(self._with_references(self._normal(rows)))
        known = reduce(or_, self._held) if self._held else F.lit(_FALSE)
        words = {**masks.empty_words(self.checks), **masks.words(self.checks, self._fails)}
        marked = marked.withColumns({**words, RANK: F.lit(1), KNOWN: known})
        return marked.select(*map(column, rows.columns), *words, RANK, KNOWN)

    def settle(self, marked: DataFrame) -> DataFrame:
        """Return rows that were marked alone with what they are to each other. No action runs.

        Uniqueness is asked last, and only of rows that stand for their key: versions of one row are no duplicates of
        it.
        """
        settled = with_rank(self._normal(marked), self.around.keys, self._order(), RANK)
        settled = self._with_twins(settled)
        late = masks.words(self._uniques, self._fails).items()
        settled = settled.withColumns({name: F.col(name).bitwiseOR(word) for name, word in late}) if late else settled
        return settled.select(*map(column, marked.columns))

    def suspects(self, marked: DataFrame) -> tuple[DataFrame, ...]:
        """Return, per search for rows that are alike, the words of the keys among which some are. No action runs.

        Of rows that were marked alone, all that could become something else by `settle` are in such words.
        """
        return tuple(search.suspects(self._normal(marked)) for search in self._searches())

    def settle_suspects(self, marked: DataFrame, suspects: Sequence[DataFrame]) -> DataFrame:
        """Return what `settle` does, at the cost of the rows that are alike. No action runs.

        Args:
            marked: Rows that were marked alone. They are read several times, and have to be the same rows each time.
            suspects: What `suspects` found.
        """
        normal = self._normal(marked)
        found, flags = normal, []
        for search, words in zip(self._searches(), suspects, strict=True):
            found = search.flagged(found, search.alike(normal, words))
            flags.append(search.has_flag)
        is_alike, names = reduce(or_, flags), [column(name) for name in marked.columns]
        return found.filter(~is_alike).select(*names).unionAll(self.settle(found.filter(is_alike).select(*names)))

    def key_search(self) -> Search:
        """Return the search for rows of one key, the first of those of `suspects`."""
        return Search(self.around.keys, self.types, "_alike_key")

    def _searches(self) -> Sequence[Search]:
        """Return what has to be looked for: two rows of one key, two that count with the same unique values."""
        found = [self.key_search()] if self.around.keys else []
        for check in self._uniques:
            has_all = all_filled(compared_names(check))
            types = searched_names(check, self.types)
            found.append(Search([*types], types, f"_alike_{check.index}", self._counts(check) & has_all))
        return found

    @property
    def _uniques(self) -> Sequence[Check]:
        return [check for check in self.checks if check.rule.kind in UNIQUE]

    def _normal(self, rows: DataFrame) -> DataFrame:
        """Return rows with the columns by which they are compared with each other."""
        return with_normal(rows, self._uniques, self.types, self.around.stored)

    def _is_good(self) -> Column:
        """Return whether a row failed no rule that says so of single rows."""
        return masks.is_good([check for check in self.checks if check.rule.kind not in UNIQUE])

    def _counts(self, check: Check) -> Column:
        """Return whether other rows of the same values are a failure of a row."""
        counts = self._is_good() & (F.col(RANK) == 1) & ~F.col(KNOWN)
        if self.around.deletions:
            counts &= ~self.around.deletions.deletes & ~self.around.deletions.truncates
        concerned = self._concerned(check)
        return counts if concerned is None else counts & concerned

    def _fails(self, check: Check) -> Column:
        found = {**self.around.functions, **self._found}.get(check.index, F.lit(_FALSE))
        site = FrameSite(check.rule, self.types, found, self._never_null)
        concerned = self._concerned(check)
        fails = cast("Callable[[Site], Column]", check.kind.fails)(site)  # a rule about rows has one
        fails = fails if concerned is None else concerned & fails
        if self.around.deletions is None:
            return fails
        return self.around.deletions.exempt(check.rule, fails, columns_read(check.rule, self.types))

    def _concerned(self, check: Check) -> Column | None:
        """Return the condition of the rows that a rule concerns, never null; None where it concerns all."""
        where = where_sql(check.rule, self.types)
        return None if where is None else F.expr(where)

    @cached_property
    def _never_null(self) -> frozenset[str]:
        return frozenset(check.rule.columns[0] for check in self.checks if check.keeps_nulls_out)

    def _order(self) -> Sequence[Column]:
        """Return the order of the versions of a row: good ones first, then the newest, then whatever decides a tie.

        Of two with one sequence a deletion comes first, as it does in the table.
        """
        if not self.around.is_chosen:
            return [self._is_good().desc()]
        names = dict.fromkeys([*self.around.order_by, *self.types])
        deletions = self.around.deletions
        columns = [self._said(name).desc_nulls_last() for name in names if name not in self.around.keys]
        if deletions:
            sequence = [name for name in self.around.order_by[:1] if name not in self.around.keys]
            columns.insert(len(sequence), deletions.deletes.desc())
        return [self._is_good().desc(), *columns]

    def _said(self, name: str) -> Column:
        """Return what the table is to hold of a row's column, as something to compare and sort."""
        return comparable(self.around.stored.get(name, name), self.types[name])

    def _stored(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.around.stored.get(name, name) for name in names)

    def _with_references(self, rows: DataFrame) -> DataFrame:
        for check in self.checks:
            if check.rule.kind == "foreign_key":
                reference = check.rule.reference
                reach = self.around.reaches.get(reference.table, "whole")
                pairs = dict(zip(reference.columns, reference.references, strict=True))
                near = within(self.around.references[reference.table], pairs, self.around.bounds)
                other = Other(near, reference.references, reach)
                types = [self.types[name] for name in check.rule.columns]
                found = with_reference(rows, self._stored(check.rule.columns), types, other, _mark(check))
                rows, self._found[check.index] = found.rows, found.answer
            elif check.rule.kind == BALANCE:
                found = with_balance(rows, check.rule, self.around.references, _mark(check))
                rows, self._found[check.index] = found.rows, found.answer
        return rows

    def _with_existing(self, rows: DataFrame) -> DataFrame:
        """Return the rows with what the table holds under their keys. An equal row is no conflict but known."""
        if self.around.existing is None:
            return rows
        table = with_normal(aligned(self.around.existing, self.types), self.checks, self.types)
        for check in self.checks:
            is_key = check.rule.kind == "primary_key" and check.rule.scope == "table" and not self.around.is_merged
            if not (is_key or looks_at_table(check, self.around.keys)):
                continue
            near = within(table, {name: name for name in compared_names(check)}, self.around.bounds)
            names = tuple(self.types) if is_key or not self.around.keys else self.around.keys
            content = F.struct(*[self._said(name).alias(name) for name in names])
            concerned = self._concerned(check)
            held = near if concerned is None else near.filter(concerned)
            held = held.withColumnsRenamed(dict(self.around.stored))
            if likeness_of(check.rule) is None:
                rows = with_table(rows, self._stored(compared_names(check)), held, content, _mark(check))
                is_held = F.coalesce(F.array_contains(F.col(_mark(check)), content), F.lit(_FALSE))
                is_found = F.col(_mark(check)).isNotNull()
            else:
                like, is_held = with_alike_in(rows, check, compared_names(check), held, content)
                rows, is_found = like.rows, like.answer
            self._found[check.index] = is_found & ~is_held
            if is_key or not self.around.keys:
                self._held.append(is_held)
        return rows

    def _with_twins(self, rows: DataFrame) -> DataFrame:
        identity = [comparable(name, type_) for name, type_ in self.types.items()]
        for check in self._uniques:
            names, counts = compared_names(check), self._counts(check)
            if likeness_of(check.rule) is None:
                found = with_twins(rows, names, counts, identity, f"{_mark(check)}_twins")
            else:
                found = with_alike(rows, check, names, counts, identity)
            rows, self._found[check.index] = found.rows, found.answer
        return rows


def _mark(check: Check) -> str:
    return f"_found_{check.index}"
