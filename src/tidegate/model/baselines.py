"""What is usual of a table: the numbers that its rules about outliers and drift compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.model.contracts import Argument


@dataclass(frozen=True)
class Usual:
    """What is usual to one rule. It is of use as long as the rule asks the same.

    Attributes:
        rule: Id of the rule.
        kind: Its kind.
        columns: Columns that it reads.
        by: How it measures.
        where: The condition of the rows that it concerns; None where it is all.
        values: Values that the numbers were made from.
        numbers: The numbers, as arguments of the rule, sorted by name.
    """

    rule: str
    kind: str
    columns: tuple[str, ...]
    by: str
    where: str | None
    values: int
    numbers: tuple[tuple[str, Argument], ...]


@dataclass(frozen=True)
class Baseline:
    """What was usual of a table at one of its versions.

    Attributes:
        table: The table.
        table_version: The version that was read.
        contract_version: Version of the contract then.
        usual: What is usual, per rule.
    """

    table: str
    table_version: int
    contract_version: str
    usual: tuple[Usual, ...] = ()
