"""Whether what a batch is held against is there: the tables that it refers to, and keys without nulls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.rules.compared_kinds import BALANCE
from tidegate.contracts.rules.failures import RESCUED_COLUMN
from tidegate.contracts.rules.others import other_table
from tidegate.contracts.schemas import type_text
from tidegate.contracts.types import parse_type
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyspark.sql import DataFrame

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.types import Family, SparkType
    from tidegate.model.names import TableName

# Kinds that are asked of each row beside rows of another table.
REFERRING = frozenset({"foreign_key", BALANCE})


def key_problems(
    checks: Sequence[Check], types: Mapping[str, SparkType], keys: Sequence[str], nullable: Sequence[str] = ()
) -> Iterator[str]:
    """Yield keys that do not exist, or that could be null although nobody says that null is a key like any other."""
    keys_of = [check for check in checks if check.rule.kind == "primary_key" and check.is_blocking]
    guards = [*keys_of, *(check for check in checks if check.keeps_nulls_out)]
    for name in keys:
        if name not in types:
            yield f"the key {name} is no column of the contract{did_you_mean(name, types)}"
        elif name not in nullable and not any(name in check.rule.columns for check in guards):
            yield (
                f"the key {name} may be null by its contract; give it required: true, or primaryKey: true, or name it "
                "in nullable_keys"
            )


def reference_problems(
    checks: Sequence[Check], types: Mapping[str, SparkType], references: Mapping[TableName, DataFrame]
) -> Iterator[str]:
    """Yield tables and columns of foreign keys that are not there, or that are of another type."""
    for check in checks:
        if check.rule.kind not in REFERRING:
            continue
        table = other_table(check.rule)
        if table not in references:
            yield f"rule {check.rule.id} refers to {table}, which is not at hand"
            continue
        found = {field.name: type_text(field.dataType) for field in references[table].schema.fields}
        for name, other in _pairs(check):
            if other not in found:
                yield f"rule {check.rule.id}: {table} has no column {other}{did_you_mean(other, found)}"
            elif _family(found[other]) != types[name].family:
                yield f"rule {check.rule.id}: {name} is a {types[name]}, and {table}.{other} is a {found[other]}"


def field_problems(checks: Sequence[Check], columns: Sequence[str]) -> Iterator[str]:
    """Yield rules about the fields of files where the rows do not come from files."""
    for check in checks:
        if check.rule.kind == "known_fields" and RESCUED_COLUMN not in columns:
            told = "asks what else a file's record held, and these rows come from no file; take it out"
            yield f"rule {check.rule.id} {told}"


def _pairs(check: Check) -> Iterator[tuple[str, str]]:
    """Yield the columns of a rule, each with the column of the other table that it stands beside."""
    yield from zip(check.rule.columns, map(str, check.rule.listed("references")), strict=False)
    summed = check.rule.argument("sum")
    if check.rule.kind == BALANCE and summed is not None:
        yield check.rule.columns[-1], str(summed)


def _family(text: str) -> Family | None:
    """Return the family of a type; None where no contract can name it."""
    try:
        return parse_type(text).family
    except ValueError:
        return None
