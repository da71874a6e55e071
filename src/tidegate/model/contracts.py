"""Contracts as frozen values: the columns, keys and rules of one table. Reading documents is the room `contracts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from tidegate.model.names import TableName

Severity: TypeAlias = Literal["info", "warn", "error", "fatal"]
Scope: TypeAlias = Literal["row", "batch", "window", "table"]
Scalar: TypeAlias = str | int | float | bool | None
Argument: TypeAlias = Scalar | tuple[Scalar, ...]

SEVERITIES: tuple[Severity, ...] = ("info", "warn", "error", "fatal")
SCOPES: tuple[Scope, ...] = ("row", "batch", "window", "table")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: Name of the column.
        type: Spark SQL type in DDL form, such as `decimal(12,2)` or `array<string>`.
        required: Whether a null is refused.
        description: What the values mean, with their unit.
        classification: Class of personal or confidential data, such as `pii`; None where there is none.
        line: Line of the document that declares the column, for messages.
    """

    name: str
    type: str
    required: bool = False
    description: str = ""
    classification: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose values must occur in the key of another table; a row with a null among them is not checked.

    Attributes:
        columns: Columns of this table.
        table: The table that is referred to.
        references: The columns of that table, in the same order.
    """

    columns: tuple[str, ...]
    table: TableName
    references: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One rule of a contract.

    Attributes:
        id: Name of the rule, unique within its contract, such as `order_id_is_not_null`.
        kind: What is checked; `docs/reference/rules.md` lists the kinds and their arguments.
        columns: Columns that the rule reads.
        arguments: Arguments of the kind, by name, sorted by name.
        severity: `info` counts · `warn` marks the published row · `error` quarantines the row, or fails the batch where
            the rule has no rows of its own · `fatal` lets nothing be published.
        scope: What the rule looks at.
        max_failed: Rows that may fail before the run fails; None for no such limit.
        max_failed_share: Share (0 to 1) of the checked rows that may fail before the run fails; None for no such limit.
        description: What the rule means, in the words of the contract.
        line: Line of the document that declares the rule, for messages.
    """

    id: str
    kind: str
    columns: tuple[str, ...] = ()
    arguments: tuple[tuple[str, Argument], ...] = ()
    severity: Severity = "error"
    scope: Scope = "row"
    max_failed: int | None = None
    max_failed_share: float | None = None
    description: str = ""
    line: int | None = None

    def argument(self, name: str, default: Argument = None) -> Argument:
        """Return the argument of that name, or the default where the rule does not give it."""
        return dict(self.arguments).get(name, default)


@dataclass(frozen=True)
class Contract:
    """What holds for every row of one table.

    Attributes:
        table: The table.
        version: Version of the contract.
        columns: Columns in the table's order, without tidegate's own (those begin with `_`; an SCD2 table's
            `valid_from`, `valid_to` and `is_current` are its own too).
        rules: All rules, those that follow from columns and keys included.
        primary_key: Columns that identify a row, in order; empty where there is no key.
        foreign_keys: References to other tables.
        location: File or address of the document.
        description: What one row of the table is.
        owner: Who answers for the table; None where nobody is named.
    """

    table: TableName
    version: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    location: str = ""
    description: str = ""
    owner: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def ddl(self) -> str:
        """The columns as a Spark DDL schema; nullability is a rule's business, so every column is nullable here."""
        return ", ".join(f"`{column.name.replace('`', '``')}` {column.type}" for column in self.columns)
