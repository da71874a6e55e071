"""Columns that are there, held against the columns that a contract promises. No Spark and no data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.contracts.types import SparkType, parse_type
from tidegate.model.evolution import is_wider
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidegate.model.contracts import Column, Contract

DifferenceKind: TypeAlias = Literal["missing", "extra", "type", "nullability"]

_OWN_PREFIX = "_"


@dataclass(frozen=True)
class ActualColumn:
    """A column as it is.

    Attributes:
        name: Its name.
        type: Its type, in DDL form.
        is_nullable: Whether it takes nulls.
    """

    name: str
    type: str
    is_nullable: bool = True


@dataclass(frozen=True)
class Difference:
    """One thing in which columns differ from a contract.

    Attributes:
        kind: What differs.
        column: The column.
        actual: What it is; None where it is missing.
        wanted: What the contract says; None where the contract has no such column.
        is_fault: Whether the columns break the contract; else it is worth knowing only.
        text: The difference, in words.
        line: Line of the contract's column; None where it has none.
    """

    kind: DifferenceKind
    column: str
    actual: str | None
    wanted: str | None
    is_fault: bool
    text: str
    line: int | None = None


def table_differences(actual: Sequence[ActualColumn], contract: Contract) -> tuple[Difference, ...]:
    """Return in what a table's columns differ from its contract, in the contract's order, then the extra ones.

    All are faults but one: a required column that the table itself would let be null is held by the gate. Order does
    not matter, nor do tidegate's own columns, whose names begin with `_`.

    Args:
        actual: The columns that are there.
        contract: The contract.
    """
    found = {column.name: column for column in actual}
    differences = [one for column in contract.columns for one in _of_column(found.get(column.name), column, found)]
    wanted = {column.name for column in contract.columns}
    for other in _extra(actual, contract):
        text = f"{other.name} ({other.type}) is not in the contract{did_you_mean(other.name, wanted - found.keys())}"
        differences.append(Difference("extra", other.name, other.type, None, is_fault=True, text=text))
    return tuple(differences)


def source_differences(actual: Sequence[ActualColumn], contract: Contract) -> tuple[Difference, ...]:
    """Return in what the columns of a source differ from those of the table that they go into by their names.

    A missing column is a fault where the table requires it; else it is null. Values of another type go through their
    text, unless the table's type holds all of them anyway. What the table does not have is kept beside its columns.

    Args:
        actual: The columns of the source.
        contract: The contract of the table.
    """
    found = {column.name: column for column in actual}
    differences: list[Difference] = []
    for column in contract.columns:
        there, wanted = found.get(column.name), str(parse_type(column.type))
        if there is None:
            becomes = "and is required" if column.required else "so it is null"
            text = f"{column.name} ({wanted}) is not in the source{did_you_mean(column.name, found)}, {becomes}"
            differences.append(
                Difference("missing", column.name, None, wanted, is_fault=column.required, text=text, line=column.line)
            )
        elif there.type != wanted and not is_wider(there.type, wanted):
            text = f"{column.name} is a {there.type} in the source and becomes a {wanted}; what does not fit is refused"
            differences.append(
                Difference("type", column.name, there.type, wanted, is_fault=False, text=text, line=column.line)
            )
    for other in _extra(actual, contract):
        text = f"{other.name} ({other.type}) is not in the table"
        differences.append(Difference("extra", other.name, other.type, None, is_fault=False, text=text))
    return tuple(differences)


def _extra(actual: Sequence[ActualColumn], contract: Contract) -> Iterator[ActualColumn]:
    for column in actual:
        if column.name not in contract.column_names and not column.name.startswith(_OWN_PREFIX):
            yield column


def _of_column(there: ActualColumn | None, column: Column, found: dict[str, ActualColumn]) -> Iterator[Difference]:
    wanted = parse_type(column.type)
    if there is None:
        text = f"{column.name} ({wanted}) is missing{did_you_mean(column.name, found)}"
        yield Difference("missing", column.name, None, str(wanted), is_fault=True, text=text, line=column.line)
        return
    if there.type != str(wanted):
        text = f"{column.name} is a {there.type}, and the contract says {wanted}{_hint(there.type, wanted)}"
        yield Difference("type", column.name, there.type, str(wanted), is_fault=True, text=text, line=column.line)
    if there.is_nullable == column.required:
        actual, promised = _nullability(there.is_nullable), _nullability(not column.required)
        text = f"{column.name} {actual}, and the contract says that it {promised}"
        if column.required:
            text += "; the gate holds it, the table does not"
        is_fault = not column.required
        yield Difference("nullability", column.name, actual, promised, is_fault=is_fault, text=text, line=column.line)


def _nullability(is_nullable: bool) -> str:  # noqa: FBT001 - the one thing that it is about
    return "takes nulls" if is_nullable else "takes no nulls"


def _hint(actual: str, wanted: SparkType) -> str:
    return "; storage.evolution: permissive widens it" if is_wider(actual, str(wanted)) else ""
