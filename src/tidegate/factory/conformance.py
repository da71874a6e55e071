"""A table as it is against its contract, and what its job reads against what the table takes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.conformance import ActualColumn, source_differences, table_differences
from tidegate.contracts.schemas import type_text
from tidegate.factory.data import read_database, read_table
from tidegate.factory.names import seen_columns
from tidegate.job.base import SparkJob
from tidegate.model.declarations import Database, Files, Pulled, table_of
from tidegate.model.names import TableName
from tidegate.sources.database import asking
from tidegate.sources.listing import list_new
from tidegate.sources.options import parse_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql.types import StructType

    from tidegate.contracts.conformance import Difference
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.contracts import Contract
    from tidegate.model.declarations import Input

NEWEST = 20


@dataclass(frozen=True)
class Side:
    """One thing that was held against a contract.

    Attributes:
        name: What it is: a table, or a source and the table that it goes into.
        contract: The contract that it was held against.
        differences: In what it differs.
        unasked: Why it could not be compared; empty where it was.
    """

    name: str
    contract: Contract
    differences: tuple[Difference, ...] = ()
    unasked: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether something of it breaks the contract."""
        return any(difference.is_fault for difference in self.differences)

    def document(self) -> dict[str, object]:
        """Return it as JSON."""
        contract = {"table": str(self.contract.table), "version": self.contract.version}
        return {
            "name": self.name,
            "contract": {**contract, "document": self.contract.location},
            "is_broken": self.is_broken,
            "differences": list(map(asdict, self.differences)),
            "not_compared": self.unasked,
        }


def actual_columns(schema: StructType) -> tuple[ActualColumn, ...]:
    """Return the columns of a frame as they are compared with a contract's."""
    return tuple(ActualColumn(field.name, type_text(field.dataType), field.nullable) for field in schema.fields)


def check_table(lakehouse: Lakehouse, name: str) -> tuple[Side, ...]:
    """Return a table, and then each source that its job declares, held against the contracts that concern them.

    Schemas are read and no data, but for files of JSON lines and XML, whose first 1,000 records name their fields; of a
    feed the twenty newest files are looked at. An API is not asked. A table that the job reads is held against a
    contract of its own, and, where the job takes its rows as they are, against that of the table which they go into;
    files and a database's table or query against the latter.

    Args:
        lakehouse: The project.
        name: The table, such as `silver.orders`.

    Raises:
        ContractError: A contract is missing or broken.
        TableError: There is no such table.
        SourceError: A database cannot be asked.
    """
    table = TableName.parse(name)
    contract = lakehouse.contracts.get(table)
    target = actual_columns(read_table(lakehouse, table, contract).schema)
    own = Side(name, contract, table_differences(target, contract))
    registered = lakehouse.registry.jobs.get(name)
    job = registered.job if registered else None
    if job is None or not issubclass(job, SparkJob):
        return (own,)
    takes_rows = job.transform is SparkJob.transform
    sides = (_sides(lakehouse, declared, contract, is_taken=takes_rows) for declared in job.declared_inputs().values())
    return (own, *(side for found in sides for side in found))


def _sides(lakehouse: Lakehouse, declared: Input, target: Contract, *, is_taken: bool) -> Iterator[Side]:
    if isinstance(declared, Database):
        name = f"{declared.label} > {target.table}"
        with asking(declared.label):
            found = actual_columns(read_database(lakehouse, declared).schema)
        yield Side(name, target, source_differences(found, target))
        return
    if isinstance(declared, Files):
        yield _files(lakehouse, declared, target)
        return
    table = table_of(declared)
    if table is None:
        label = declared.label if isinstance(declared, Pulled) else ""
        yield Side(f"{label} > {target.table}", target, unasked="only its server knows its columns, with each answer")
        return
    contract = lakehouse.contracts.find(table)
    if lakehouse.tables.store(table).version(table) is None:
        yield Side(str(table), contract or target, unasked="the table does not exist yet")
        return
    found = actual_columns(read_table(lakehouse, table, contract).schema)
    if contract is not None:
        yield Side(str(table), contract, table_differences(found, contract))
    if is_taken:
        yield Side(f"{table} > {target.table}", target, _taken(found, target))


def _files(lakehouse: Lakehouse, declared: Files, target: Contract) -> Side:
    """Return what the newest files of a feed show: headers, the schema of a file, or the names in some records."""
    name = f"{declared.feed} > {target.table}"
    landed = list_new(lakehouse.context.landing, declared, frozenset())
    if not landed:
        return Side(name, target, unasked="no file has landed yet")
    newest = sorted(landed, key=lambda file: (file.modified_at, file.path))[-NEWEST:]
    seen = seen_columns(lakehouse.session(), newest, declared, target.table)
    options = parse_options(declared)
    named = [(options.rename.get(one.name, one.name), one) for one in seen.columns]
    found = tuple(ActualColumn(name, one.type) for name, one in named if options.field_of(name) == one.name)
    differences = source_differences(found, target)
    if declared.format != "parquet":  # all that they hold are texts
        differences = tuple(one for one in differences if one.kind != "type")
    return Side(name, target, differences)


def _taken(found: tuple[ActualColumn, ...], target: Contract) -> tuple[Difference, ...]:
    """Return in what rows differ that a job takes as they are; whether they may be null is for the gate to say."""
    return tuple(one for one in table_differences(found, target) if one.kind != "nullability")
