"""What the columns of a table are made from: which columns of which inputs, and how."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - decode() reads the annotations of these classes
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Direct: TypeAlias = Literal["IDENTITY", "TRANSFORMATION", "AGGREGATION"]
Indirect: TypeAlias = Literal["FILTER", "JOIN", "GROUP_BY", "SORT", "WINDOW", "CONDITIONAL"]
Subtype: TypeAlias = Literal[
    "IDENTITY", "TRANSFORMATION", "AGGREGATION", "FILTER", "JOIN", "GROUP_BY", "SORT", "WINDOW", "CONDITIONAL"
]

DIRECT: tuple[Subtype, ...] = get_args(Direct)


@dataclass(frozen=True, order=True)
class Influence:
    """One way in which a column of an input bears on values.

    Attributes:
        source: The input: the name that the job gives it, or the table that a dbt model reads.
        column: The column of the input.
        subtype: How, in OpenLineage's words. Direct: the values are made of it. Indirect: it decides which values there
            are.
        is_masked: Whether the values cannot be told from what it became, as with a hash or a count.
    """

    source: str
    column: str
    subtype: Subtype
    is_masked: bool = False

    @property
    def is_direct(self) -> bool:
        """Whether the values are made of it."""
        return self.subtype in DIRECT


@dataclass(frozen=True)
class Derivation:
    """What some values are derived from.

    Attributes:
        influences: Everything that is known to bear on them, sorted.
        unknown: What stands in the way of knowing all of it, such as a Python function; empty where all is known.
    """

    influences: tuple[Influence, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnLineage:
    """What the rows of a table are derived from.

    Attributes:
        columns: Per column of the table, what its values are derived from.
        rows: What decides which rows there are, and their order: filters, joins, groups, sorts.
    """

    columns: Mapping[str, Derivation] = field(default_factory=dict)
    rows: Derivation = field(default_factory=Derivation)
