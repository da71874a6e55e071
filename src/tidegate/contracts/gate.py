"""The gate: a contract compiled once per run, marks on the rows of a batch, and the verdict on the whole of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from tidegate.contracts.marks import masks
from tidegate.contracts.marks.checks import KNOWN, RANK, Check
from tidegate.contracts.marks.counting import can_be_counted, counted, fails_here
from tidegate.contracts.marks.deletions import Deletions
from tidegate.contracts.marks.designs import settling_of
from tidegate.contracts.marks.functions import function_columns
from tidegate.contracts.marks.marking import Marking, Surroundings, looks_at_table
from tidegate.contracts.marks.normal import compared_names
from tidegate.contracts.marks.reasons import reasons_of, warnings_of
from tidegate.contracts.marks.surroundings import REFERRING, field_problems, key_problems, reference_problems
from tidegate.contracts.marks.tallying import Tallying, united
from tidegate.contracts.rules.compared_kinds import BESIDE
from tidegate.contracts.rules.kinds import GREAT_EXPECTATIONS
from tidegate.contracts.rules.others import other_table
from tidegate.contracts.schemas import frame_problems
from tidegate.contracts.verdicts import Verdict, failed_tally, judge
from tidegate.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.marks.bounds import Bounds
    from tidegate.contracts.marks.designs import Reach
    from tidegate.contracts.tallies import Number
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Contract, ForeignKey, Rule
    from tidegate.model.names import TableName

__all__ = ["Deletions", "Gate", "Verdict"]


@dataclass(frozen=True)
class Gate:
    """A contract, ready to be held against batches.

    Attributes:
        contract: The contract.
        checks: Its rules and those of the framework, each with its place in the mask.
        types: Types of the contract's columns, by name.
    """

    contract: Contract
    checks: tuple[Check, ...]
    types: Mapping[str, SparkType]

    @property
    def references(self) -> tuple[TableName, ...]:
        """The tables that `mark` needs for foreign keys and balances, sorted."""
        return tuple(sorted({other_table(check.rule) for check in self.checks if check.rule.kind in REFERRING}))

    @property
    def foreign_keys(self) -> tuple[ForeignKey, ...]:
        """What the rules of the kind `foreign_key` refer to."""
        return tuple(check.rule.reference for check in self.checks if check.rule.kind == "foreign_key")

    def looks_at_table(self, keys: Sequence[str]) -> bool:
        """Return whether rules other than the primary key's look at the table, so that `mark` always needs it.

        Args:
            keys: Columns that identify a row in the table: what is unique because they are needs no look.
        """
        return any(looks_at_table(check, keys) for check in self.checks)

    def looked_up(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Return the columns whose values are looked for in the table as they are, that of the primary key included."""
        asked = [c for c in self.checks if c.rule.kind == "primary_key" or looks_at_table(c, keys)]
        return tuple(dict.fromkeys(name for check in asked for name in compared_names(check)))

    @property
    def expectations(self) -> tuple[Rule, ...]:
        """The rules that only Great Expectations can evaluate; `verdict` wants to know what it found."""
        return tuple(check.rule for check in self.checks if check.rule.kind == GREAT_EXPECTATIONS)

    @property
    def compared(self) -> tuple[Rule, ...]:
        """The rules that compare the batch with a number from elsewhere; `verdict` wants to know it."""
        return tuple(check.rule for check in self.checks if check.rule.kind in BESIDE)

    @property
    def has_warnings(self) -> bool:
        """Whether `warnings` can be anything but null."""
        return any(check.rule.severity == "warn" for check in self._row_checks)

    def mark(  # noqa: PLR0913 - everything that a batch is held against, each by its name
        self,
        rows: DataFrame,
        *,
        references: Mapping[TableName, DataFrame],
        existing: DataFrame | None,
        keys: Sequence[str] | None = None,
        sequence_by: str | None = None,
        deletions: Deletions | None = None,
        tie_break: Sequence[str] = (),
        nullable_keys: Sequence[str] = (),
        is_alone: bool = False,
        reaches: Mapping[TableName, Reach] | None = None,
        bounds: Mapping[str, Bounds] | None = None,
        stored: Mapping[str, str] | None = None,
    ) -> DataFrame:
        """Return the batch with its marks, which are worked out in the pass that writes it. No action runs.

        Args:
            rows: The batch: the contract's columns, and perhaps some of tidegate's own.
            references: The tables that foreign keys refer to.
            existing: The table itself, as it was before the batch; None where it is new, or where keys are merged and
                no rule of the gate needs it. A row whose key the table holds fails `primary_key`, unless it is equal
                in all columns of the contract (then it is known). Nothing of that where rows are merged: with
                `sequence_by`, or by other keys.
            keys: Columns that identify a row in the table; None takes the primary key.
            sequence_by: Column that orders the versions of a row.
            deletions: Which rows ask for a deletion: only rules about their key and sequence concern them.
            tie_break: Columns that decide between rows of one key and sequence, before all others.
            nullable_keys: Those of the keys that may be null.
            is_alone: Whether rows are marked as if each were the only one of the batch, to be settled among each other
                by `suspects` and `settled`.
            reaches: How much of the tables is brought to the rows, where it is not the whole.
            bounds: How far columns of the batch reach, so that of tables only files near them are read.
            stored: Per column that the table holds otherwise than it comes, the column of the batch with what it holds.

        Returns:
            The rows, as many as they were, with `_failed` (bits of the rules that a row failed), `_rank` (1 for the
            row that stands for its key: a good one before a bad one, then the greatest `sequence_by`, then the
            greatest other columns, nulls lowest) and `_known` (whether the table holds an equal row).

        Raises:
            GateError: Columns or types are not those of the contract, a table is missing, or a rule cannot be
                evaluated.
        """
        keys = self.contract.primary_key if keys is None else tuple(keys)
        is_merged = sequence_by is not None or deletions is not None or set(keys) != set(self.contract.primary_key)
        order = (*([] if sequence_by is None else [sequence_by]), *tie_break)
        problems = [
            *frame_problems(rows.schema, self.contract),
            *reference_problems(self.checks, self.types, references),
            *field_problems(self.checks, rows.columns),
            *self._order_problems(keys, order, nullable_keys, deletions),
        ]
        if problems:
            raise self._refused("the batch does not fit its contract", problems)
        functions, problems = function_columns(self._row_checks, rows)
        if problems:
            raise self._refused("a rule of the project cannot be used", problems)
        around = Surroundings(references, existing, keys, order, is_merged, deletions, functions, reaches or {})
        around = replace(around, stored=stored or {}, bounds=bounds or {})
        try:
            marking = Marking(self._row_checks, self.types, around)
            marked = marking.mark_alone(rows) if is_alone else marking.mark(rows)
            marked.schema  # noqa: B018 - Spark Connect says only now what it cannot evaluate
        except PySparkException as error:
            raise self._refused("a rule cannot be evaluated", [str(error).partition("\n")[0]]) from error
        return marked

    def _order_problems(
        self, keys: Sequence[str], order: Sequence[str], nullable_keys: Sequence[str], deletions: Deletions | None
    ) -> list[str]:
        """Return what is wrong with the columns that identify rows and order their versions."""
        needed = (*deletions.keys, deletions.sequence_by) if deletions else ()
        missing = [f"there is no column {name} to order by" for name in order if name not in self.types]
        return [
            *key_problems(self.checks, self.types, tuple(dict.fromkeys((*keys, *needed))), nullable_keys),
            *missing,
        ]

    def suspects(self, marked: DataFrame) -> tuple[DataFrame, ...]:
        """Return where rows that were marked alone, and are to be merged into nothing, may be alike. No action runs.

        One frame per search: for the primary key, and for each rule `unique`. All of them are empty where no two rows
        are alike. They hold hashes and parts of keys, so they stay in Spark.
        """
        return self._among_each_other().suspects(marked)

    def settled(
        self, marked: DataFrame, suspects: Sequence[DataFrame], suspected: int, *, is_chosen: bool = True
    ) -> DataFrame:
        """Return rows that were marked alone with the marks that `mark` gives them otherwise. No action runs.

        Args:
            marked: The rows. They are read several times, and have to be the same rows each time.
            suspects: What `suspects` found.
            suspected: How many rows are in it.
            is_chosen: Whether it matters which good row stands for its key.
        """
        how, marking = settling_of(suspected), self._among_each_other(is_chosen=is_chosen)
        if how == "none":
            return marked
        return marking.settle_suspects(marked, suspects) if how == "alike" else marking.settle(marked)

    def tallied(self, marked: DataFrame, suspects: Sequence[DataFrame], suspected: int) -> DataFrame:
        """Return the tallies of rows that were marked alone and held against no table, as if settled; one row.

        Rows beyond the first of a primary key fail it. Nothing is ranked where tallies only count. No action runs.
        """
        tallies = {
            **self.tallies(),
            **{failed_tally(check): F.count_if(fails_here(check)) for check in self._row_checks},
        }
        is_chosen = not can_be_counted(self.checks)
        if not is_chosen and settling_of(suspected) == "alike":
            return counted(marked, self._among_each_other().key_search(), suspects[0], self.checks, tallies)
        settled = self.settled(marked, suspects, suspected, is_chosen=is_chosen)
        return self.united(settled.agg(*[made.alias(name) for name, made in tallies.items()]))

    def _among_each_other(self, *, is_chosen: bool = True) -> Marking:
        key = self.contract.primary_key
        around = Surroundings({}, None, key, (), is_merged=False, is_chosen=is_chosen)
        return Marking(self._row_checks, self.types, around)

    def tallies(self, deletions: Deletions | None = None) -> Mapping[str, Column]:
        """Return aggregates over marked rows, by name, for the rows of groups or of the whole batch.

        Args:
            deletions: Which rows ask for a deletion: their values are none.
        """
        return Tallying(self.checks, self.types, deletions).aggregates()

    def united(self, groups: DataFrame) -> DataFrame:
        """Return tallies of groups with what cannot be put together on the driver put together by Spark.

        Most gates need nothing of that, and then the frame comes back as it is.
        """
        return united(groups, self.checks)

    def verdict(  # noqa: PLR0913 - all that a verdict depends on, each by its name
        self,
        groups: Sequence[Mapping[str, object]],
        *,
        now: datetime,
        max_quarantined_share: float | None = None,
        min_score: float | None = None,
        found: Mapping[str, int] | None = None,
        beside: Mapping[str, Number | None] | None = None,
    ) -> Verdict:
        """Return the verdict on a batch.

        Args:
            groups: The tallies, one mapping per group of rows, `united`.
            now: The time that ages are counted from; with its zone.
            max_quarantined_share: Share (0 to 1) of the rows that may be quarantined; None for no limit.
            min_score: The least score (0 to 1) of a batch that may be published, where the contract names none; None
                for no limit.
            found: Per rule of `expectations`, by its id, the rows that failed it, or 1.
            beside: Per rule of `compared`, by its id, the number that it compares the batch with; one whose number is
                missing is not checked.
        """
        floor = min_score if self.contract.min_score is None else self.contract.min_score
        return judge(
            self.checks,
            groups,
            now=now,
            max_quarantined_share=max_quarantined_share,
            min_score=floor,
            found=found or {},
            beside=beside or {},
        )

    def is_good(self) -> Column:
        """Return whether a marked row failed no rule of severity error or fatal."""
        return masks.is_good(self.checks)

    def is_publishable(self) -> Column:
        """Return whether a marked row is good, stands for its key, and is not in the table already."""
        return self.is_good() & (F.col(RANK) == 1) & ~F.col(KNOWN)

    def reasons(self) -> Column:
        """Return why a marked row failed: `array<struct<rule,column,message,severity>>`, one entry per rule.

        Rules of every severity are told. A file's unreadable record gives one entry per problem. Messages hold no data.
        """
        return reasons_of(self._row_checks)

    def warnings(self) -> Column:
        """Return the ids of the rules of severity warn that a marked row failed: `array<string>`; null for none."""
        return warnings_of(self._row_checks)

    @property
    def _row_checks(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.bit is not None)

    def _refused(self, what: str, problems: Sequence[str]) -> GateError:
        listed = "\n".join(f"  {problem}" for problem in problems)
        return GateError(
            f"{what}:\n{listed}",
            where=f"{self.contract.table}, contract {self.contract.location}",
            hint="nothing was published; change the contract, or what makes the rows",
        )
