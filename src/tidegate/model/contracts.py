"""Contracts as frozen values: the columns, keys and rules of one table. Reading documents is the room `contracts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.model.names import TableName

if TYPE_CHECKING:
    from tidegate.model.baselines import Baseline

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
        tags: Words that people gave the column.
        business_name: What people call the column; empty where nobody says.
    """

    name: str
    type: str
    required: bool = False
    description: str = ""
    classification: str | None = None
    line: int | None = None
    tags: tuple[str, ...] = ()
    business_name: str = ""


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
class Expectation:
    """An expectation of Great Expectations, as a suite gives it.

    Attributes:
        type: Its type, such as `expect_column_values_to_be_between`.
        kwargs: Its arguments, as a JSON object with sorted keys.
        severity: `critical`, `warning` or `info`.
        id: Its id in the suite; None where the suite gives none.
        mostly: Share (0 to 1) of the values that must pass, of those that are not null; None where it takes none.
    """

    type: str
    kwargs: str
    severity: str = "critical"
    id: str | None = None
    mostly: float | None = None


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
        weight: How much it counts in the score of a run, beside the weights of the other rules; 0 for not at all.
        expectation: The expectation that the rule comes from; None where it comes from no suite. Its `mostly` stands in
            place of `max_failed_share`, where that is given.
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
    weight: float = 1
    expectation: Expectation | None = None

    def argument(self, name: str, default: Argument = None) -> Argument:
        """Return the argument of that name, or the default where the rule does not give it."""
        return dict(self.arguments).get(name, default)

    def scalar(self, name: str) -> Scalar:
        """Return the argument of that name where it is a single value, else None."""
        given = self.argument(name)
        return None if isinstance(given, tuple) else given

    def listed(self, name: str) -> tuple[Scalar, ...]:
        """Return the values of the argument of that name where it is a list, else none."""
        given = self.argument(name)
        return given if isinstance(given, tuple) else ()

    @property
    def where(self) -> str | None:
        """The condition of the rows that the rule concerns, an expression as of kind `sql`; None where it is all."""
        given = self.argument("where")
        return given if isinstance(given, str) else None

    @property
    def reference(self) -> ForeignKey:
        """What a rule of the kind `foreign_key` refers to.

        Raises:
            JobDefinitionError: Its `table` is not the name of a table.
        """
        names = tuple(map(str, self.listed("references")))
        return ForeignKey(self.columns, TableName.parse(str(self.argument("table"))), names)


@dataclass(frozen=True)
class ServiceLevel:
    """What is promised of a table as a whole: how fresh it is, how long rows are kept, and so on.

    Attributes:
        property: What is promised, such as `freshness`, `latency` or `retention`.
        value: How much, without its unit; None where nothing is said.
        unit: The unit, such as `h` or `d`; empty where there is none.
        element: The table or column that it is measured by; empty where nothing is said.
        description: What it means.
        severity: How bad it is when it is broken; empty where nothing is said.
    """

    property: str
    value: Scalar
    unit: str = ""
    element: str = ""
    description: str = ""
    severity: str = ""


@dataclass(frozen=True)
class Party:
    """Somebody or something that a contract names: a member of the team, a role, a server.

    Attributes:
        name: The name.
        kind: The role of a member, the access of a role, the type of a server; empty where nothing is said.
        description: What it is there for; of a server the environment, too.
    """

    name: str
    kind: str = ""
    description: str = ""


@dataclass(frozen=True)
class Details:
    """What a contract says that no gate asks for, but people do.

    Attributes:
        status: Such as `draft` or `active`; empty where nothing is said, like all texts here.
        domain: The part of the business.
        usage: What the table is for.
        limitations: What it is not for.
        tags: Words that people gave the table.
        service_levels: What is promised of the table as a whole; freshness is a rule as well.
        team: Who looks after it.
        roles: Roles that give access.
        servers: Where it is.
    """

    status: str = ""
    domain: str = ""
    usage: str = ""
    limitations: str = ""
    tags: tuple[str, ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    team: tuple[Party, ...] = ()
    roles: tuple[Party, ...] = ()
    servers: tuple[Party, ...] = ()


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
        details: What else it says of the table.
        min_score: The least score (0 to 1) of a batch that is published; None where the contract asks for none.
        baseline: What is usual of the table, for rules that leave their numbers to it; None where nobody has said.
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
    details: Details = Details()
    min_score: float | None = None
    baseline: Baseline | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def ddl(self) -> str:
        """The columns as a Spark DDL schema; nullability is a rule's business, so every column is nullable here."""
        return ", ".join(f"`{column.name.replace('`', '``')}` {column.type}" for column in self.columns)
