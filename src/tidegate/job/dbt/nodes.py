"""What tidegate needs to know of a dbt project and of a build, apart from dbt's own classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from tidegate.model.names import TableName
    from tidegate.model.transfers import SchemaField

NodeStatus: TypeAlias = Literal["success", "pass", "warn", "fail", "error", "skipped"]


@dataclass(frozen=True)
class ModelNode:
    """A model that has a table.

    Attributes:
        id: dbt's unique id.
        name: Name of the model.
        file: Its file, relative to the project.
        table: The table it makes.
        columns: Columns that its contract declares; empty where it has none.
    """

    id: str
    name: str
    file: str
    table: TableName
    columns: tuple[SchemaField, ...] = ()


@dataclass(frozen=True)
class CheckNode:
    """A test.

    Attributes:
        id: dbt's unique id.
        name: Name of the test.
        file: The file that declares it, relative to the project.
        kind: Name of the generic test, or `identity` for a query of its own.
        is_warning: Whether a failure is only reported.
        columns: Columns that it is about.
        models: Ids of the models with a table that it reads, the one it belongs to first.
        description: What it means.
    """

    id: str
    name: str
    file: str
    kind: str
    is_warning: bool = False
    columns: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class ParsedProject:
    """A project as dbt understands it.

    Attributes:
        models: Models that have a table.
        checks: Tests.
        sources: Tables that the models read from outside.
    """

    models: tuple[ModelNode, ...]
    checks: tuple[CheckNode, ...]
    sources: tuple[TableName, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a model or a test in a build.

    Attributes:
        id: dbt's unique id.
        status: dbt's word for it.
        seconds: Wall seconds.
        failures: Rows that a test found; None where it found none to count.
        message: What dbt says; may hold data values.
        sql: The query that dbt made of it; empty where dbt made none.
    """

    id: str
    status: NodeStatus
    seconds: float
    failures: int | None
    message: str
    sql: str = ""
