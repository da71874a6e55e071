"""The contract that data seem to hold, each part with its reason. No Spark."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tidegate.contracts.profiling.keys import likelihood
from tidegate.contracts.profiling.shapes import pattern_of
from tidegate.contracts.profiling.statistics import TEXT_LENGTH
from tidegate.contracts.profiling.types import chosen_type
from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tidegate.contracts.profiling.keys import CandidateKey
    from tidegate.contracts.profiling.people import PersonalGuess
    from tidegate.contracts.profiling.references import MaybeReference
    from tidegate.contracts.profiling.statistics import ColumnStatistics, Statistics
    from tidegate.model.contracts import Argument, Severity

_MOST_CHOICES, _LEAST_REPEATS = 20, 10
_MOST_UNLIKELY = 3


@dataclass(frozen=True)
class ProposedRule:
    """A rule that the data hold.

    Attributes:
        kind: Its kind.
        columns: Columns that it reads.
        arguments: Its arguments.
        severity: `warn`, unless the data leave no doubt.
        reason: Why it is proposed.
    """

    kind: str
    columns: tuple[str, ...]
    arguments: Mapping[str, Argument]
    reason: str
    severity: Severity = "warn"


@dataclass(frozen=True)
class ProposedColumn:
    """A column.

    Attributes:
        name: Its name.
        type: Its type, in DDL form.
        reasons: Why it has this type, why it is required, why it is taken for personal data.
        is_required: Whether a value must be there.
        classification: Class of personal data; None where there seem to be none.
        rules: What its values hold.
    """

    name: str
    type: str
    reasons: Mapping[str, str]
    is_required: bool = False
    classification: str | None = None
    rules: tuple[ProposedRule, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A contract, as far as data tell it.

    Attributes:
        columns: The columns, in order.
        key: Columns of the primary key; empty where none is unique.
        key_reason: Why they are.
        rules: Rules about the table.
        dropped: What was thought of and does not hold, with the rows that say so.
        left_out: Columns that no contract can name, with why.
    """

    columns: tuple[ProposedColumn, ...]
    key: tuple[str, ...] = ()
    key_reason: str = ""
    rules: tuple[ProposedRule, ...] = ()
    dropped: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def types(self) -> dict[str, str]:
        """Type of each column, by name."""
        return {column.name: column.type for column in self.columns}


@dataclass(frozen=True)
class Evidence:
    """What was found out beside statistics.

    Attributes:
        people: Columns that seem to hold personal data.
        classified: Columns that a contract classifies already, with their class.
        keys: Columns that may be keys, counted.
        references: Columns that may refer to other tables, looked up.
        is_text: Whether the data are texts that a reader turns into the types of a contract.
        dataset: Name of the dataset.
    """

    people: Mapping[str, PersonalGuess] = field(default_factory=dict)
    classified: Mapping[str, str] = field(default_factory=dict)
    keys: Sequence[CandidateKey] = ()
    references: Sequence[MaybeReference] = ()
    is_text: bool = False
    dataset: str = "table"

    def hides(self, name: str) -> bool:
        """Return whether no value of a column may be shown."""
        return name in self.people or name in self.classified


def propose(statistics: Statistics, evidence: Evidence) -> Proposal:
    """Return the contract that data seem to hold.

    A column is required where no row lacks it. Rules about values are of severity `warn`: what held so far need not be
    what was meant. Nothing that holds values is proposed of personal data. Where there is no rule, one counts the rows,
    as a contract without a rule checks nothing.

    Args:
        statistics: What is known of the data.
        evidence: What was found out besides.
    """
    kept, left_out = named_columns(statistics.columns)
    unique = [key for key in evidence.keys if key.is_unique and {*key.columns} <= {column.name for column in kept}]
    key = unique[0].columns if unique else ()
    columns = tuple(_column(column, statistics, evidence, key) for column in kept)
    others = [key.columns[0] for key in unique[1:] if len(key.columns) == 1]
    likely = [name for name in others if likelihood(name, evidence.dataset) < _MOST_UNLIKELY]
    rules = tuple(
        ProposedRule("unique", (name,), {}, f"No two of {statistics.rows:,} rows have the same.") for name in likely
    )
    reason = f"No two of {statistics.rows:,} rows have the same, counted exactly." if key else ""
    proposal = Proposal(columns, key, reason, rules, left_out=left_out)
    return with_a_rule(proposal, statistics.rows)


def with_a_rule(proposal: Proposal, rows: int) -> Proposal:
    """Return the proposal, with a rule that counts the rows where there is no other."""
    has_rule = proposal.key or proposal.rules or any(one.rules or one.is_required for one in proposal.columns)
    if has_rule:
        return proposal
    reason = "Nothing else is known to hold, and a contract needs a rule."
    counting = ProposedRule("row_count", (), {"min": min(rows, 1)}, reason, "error")
    return replace(proposal, rules=(counting,))


def without(proposal: Proposal, failed: Mapping[tuple[str, tuple[str, ...]], int], rows: int) -> Proposal:
    """Return the proposal without what rows do not hold.

    Args:
        proposal: The proposal.
        failed: Rows that failed, by kind and columns of the rule.
        rows: Rows of the data.
    """
    named = {rule: f"{rule[0]} of {', '.join(rule[1]) or 'the table'}" for rule in failed}
    dropped = [f"{named[rule]}: {count:,} rows fail" for rule, count in failed.items()]
    columns = tuple(
        replace(
            one,
            is_required=one.is_required and ("not_null", (one.name,)) not in failed,
            rules=tuple(_holding(one.rules, failed)),
        )
        for one in proposal.columns
    )
    is_taken = ("primary_key", proposal.key) in failed
    kept = replace(
        proposal,
        columns=columns,
        key=() if is_taken else proposal.key,
        key_reason="" if is_taken else proposal.key_reason,
        rules=tuple(_holding(proposal.rules, failed)),
        dropped=(*proposal.dropped, *dropped),
    )
    return with_a_rule(kept, rows)


def named_columns(columns: Sequence[ColumnStatistics]) -> tuple[list[ColumnStatistics], dict[str, str]]:
    """Return the columns that a contract can name, and why it cannot name the others."""
    kept: dict[str, ColumnStatistics] = {}
    left_out = {}
    for column in columns:
        if not column.name.strip():
            left_out[column.name] = "it has no name"
        elif column.name.lower() in kept:
            left_out[column.name] = f"Spark does not tell it from {kept[column.name.lower()].name}"
        else:
            kept[column.name.lower()] = column
    return list(kept.values()), left_out


def _holding(
    rules: Collection[ProposedRule], failed: Mapping[tuple[str, tuple[str, ...]], int]
) -> Iterator[ProposedRule]:
    return (rule for rule in rules if (rule.kind, rule.columns) not in failed)


def _column(
    column: ColumnStatistics, statistics: Statistics, evidence: Evidence, key: tuple[str, ...]
) -> ProposedColumn:
    person = evidence.people.get(column.name)
    typed = chosen_type(column, person, is_text=evidence.is_text)
    is_required = bool(column.rows) and not column.nulls
    reasons = {"type": typed.reason}
    if is_required:
        reasons["required"] = f"None of {column.rows:,} rows lacks it."
    if person:
        reasons["classification"] = f"It seems to hold personal data ({person.kind}): {person.reason}."
    if column.name in evidence.classified:
        reasons["classification"] = "The contract that the table has says so."
    meant = replace(column, type=typed.type, range=typed.range or column.range)
    classification = evidence.classified.get(column.name) or ("pii" if person else None)
    rules = tuple(_rules(meant, statistics, evidence, key))
    return ProposedColumn(column.name, typed.type, reasons, is_required, classification, rules)


def _rules(
    column: ColumnStatistics, statistics: Statistics, evidence: Evidence, key: tuple[str, ...]
) -> Iterator[ProposedRule]:
    columns = (column.name,)
    for reference in evidence.references:
        if reference.column == column.name and reference.is_contained:
            told: dict[str, Argument] = {"table": str(reference.key.table), "references": (reference.key.column,)}
            reason = f"All of {reference.asked:,} values of a sample are in {reference.key.table}."
            yield ProposedRule("foreign_key", columns, told, reason)
            break
    person = evidence.people.get(column.name)
    if evidence.hides(column.name):
        if person and person.kind == "email" and column.texts and column.values == column.texts.emails > 0:
            yield ProposedRule("email", columns, {}, "Every text is an e-mail address.")
        return
    if column.family == "string":
        yield from _text_rules(column, statistics)
    elif column.family == "number" and not column.nans and column.name not in key and _is_at_least_zero(column):
        yield ProposedRule("between", columns, {"min": 0}, f"None of {column.values:,} values is below zero.")


def _text_rules(column: ColumnStatistics, statistics: Statistics) -> Iterator[ProposedRule]:
    columns = (column.name,)
    values = statistics.drawn.values(column.name)
    is_short = all(len(text) < TEXT_LENGTH for text in values)
    if values and is_short and len(values) <= _MOST_CHOICES and column.values >= _LEAST_REPEATS * len(values):
        reason = f"Different values among {column.values:,}: {len(values)}."
        yield ProposedRule("accepted_values", columns, {"values": values}, reason)
    elif pattern := pattern_of(values):
        yield ProposedRule("pattern", columns, {"pattern": pattern}, "All texts have one shape.")


def _is_at_least_zero(column: ColumnStatistics) -> bool:
    low = column.range.low
    return low is not None and parse_type(column.type).family == "number" and float(low) >= 0
