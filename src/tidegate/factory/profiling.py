"""Profile data: measure them once, count what may be a key, look up what may refer to a table, propose a contract."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.documents import read_contract, table_of_path
from tidegate.contracts.personal import is_confidential
from tidegate.contracts.profiling.document import odcs
from tidegate.contracts.profiling.keys import counted, maybe_keys
from tidegate.contracts.profiling.measuring import measure
from tidegate.contracts.profiling.people import guess
from tidegate.contracts.profiling.proposal import Evidence, Proposal, propose, without
from tidegate.contracts.profiling.references import KeyColumn, contained, maybe_references
from tidegate.contracts.validation import examine
from tidegate.errors import AlreadyExistsError, ConfigError, SourceError
from tidegate.factory.data import asked, landed, read_database, read_records, read_table, references_of, whole_table
from tidegate.factory.names import seen_columns
from tidegate.job.context import utc_now
from tidegate.sources.reading import read_files
from tidegate.sources.shape import CORRUPT, as_type
from tidegate.storage import write_new

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import DataFrame

    from tidegate.contracts.profiling.references import MaybeReference
    from tidegate.contracts.profiling.statistics import Statistics
    from tidegate.factory.data import Data
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.names import TableName


@dataclass(frozen=True)
class Profile:
    """What was found out about data.

    Attributes:
        data: The data, as they were named.
        table: What the proposed contract is about.
        statistics: What one pass told.
        evidence: What was found out besides.
        proposal: The contract that they seem to hold.
        is_verified: Whether the data were held against the proposal, and what they do not hold was dropped.
    """

    data: Data
    table: TableName
    statistics: Statistics
    evidence: Evidence
    proposal: Proposal
    is_verified: bool = field(default=False)

    @property
    def document(self) -> str:
        """The proposed contract, as a document."""
        return odcs(self.proposal, table=self.table.dataset, source=self.data.name, rows=self.statistics.rows)


def profile_data(lakehouse: Lakehouse, data: Data, table: TableName, *, is_verified: bool) -> Profile:
    """Return what was found out about files, a table, or a table or query of a database.

    The data are read once for all statistics. Columns that may be keys are counted exactly in one further job, and
    values of a sample are looked for in tables whose keys columns may refer to, in a job each.

    Args:
        lakehouse: The project, whose tables columns may refer to.
        data: The data.
        table: What the proposed contract is about.
        is_verified: Whether to hold the data against the proposal, in another pass, and drop what they do not hold.

    Raises:
        SourceError: There is nothing to read, or the format cannot be told.
        TableError: There is no such table.
    """
    with asked(data):
        rows, is_text = _rows(lakehouse, data, table)
        statistics = measure(rows, as_type)
        people = {one.name: person for one in statistics.columns if (person := guess(one, statistics.drawn))}
        keys = counted(_readable(rows), maybe_keys(statistics, table.dataset))
        evidence = Evidence(people, _classified(lakehouse, data), keys, is_text=is_text, dataset=table.dataset)
        own = data.table or table
        found = tuple(_references(lakehouse, statistics, propose(statistics, evidence).types, own))
        evidence = replace(evidence, references=found)
        profile = Profile(data, table, statistics, evidence, propose(statistics, evidence))
        return _verified(lakehouse, profile) if is_verified else profile


def _rows(lakehouse: Lakehouse, data: Data, table: TableName) -> tuple[DataFrame, bool]:
    """Return the rows, and whether they are texts whose types a contract may choose."""
    if data.table:
        return read_table(lakehouse, data.table, lakehouse.contracts.find(data.table)), False
    if data.database:
        return read_database(lakehouse, data.database), False
    files, declared = landed(data)
    session = lakehouse.session()
    columns = seen_columns(session, files, declared, table)
    if not columns.columns:
        raise SourceError("the files show no field", where=data.name, hint="name files that have records")
    return read_files(session, files, declared, columns), declared.format != "parquet"


def _classified(lakehouse: Lakehouse, data: Data) -> Mapping[str, str]:
    contract = lakehouse.contracts.find(data.table) if data.table else None
    found = contract.columns if contract else ()
    return {column.name: column.classification or "pii" for column in found if is_confidential(column)}


def _references(
    lakehouse: Lakehouse, statistics: Statistics, types: Mapping[str, str], own: TableName
) -> Iterator[MaybeReference]:
    maybe = maybe_references(types, _keys(lakehouse), own)
    for one in maybe:
        store = lakehouse.tables.store(one.key.table)
        if store.version(one.key.table) is not None:
            values = statistics.drawn.values(one.column)
            yield contained(one, values, whole_table(lakehouse, one.key.table))


def _keys(lakehouse: Lakehouse) -> Iterator[KeyColumn]:
    """Yield the keys of tables that are one column, as their contracts say."""
    for table in lakehouse.contracts.tables:
        contract = lakehouse.contracts.find(table)
        if contract and len(contract.primary_key) == 1 and table.layer in lakehouse.tables.layers:
            types = {column.name: column.type for column in contract.columns}
            yield KeyColumn(table, contract.primary_key[0], types[contract.primary_key[0]])


def _verified(lakehouse: Lakehouse, profile: Profile) -> Profile:
    contract = read_contract(profile.document.encode(), profile.data.name, profile.table)
    if profile.data.table:
        known = [column.name for column in contract.columns]
        rows = read_table(lakehouse, profile.data.table, contract)
        rows = rows.drop(*(name for name in rows.columns if name not in known))
    else:
        rows = _readable(read_records(lakehouse, profile.data, contract))
    found = examine(rows, contract, references=references_of(lakehouse, contract), now=utc_now())
    failed = {(rule.kind, rule.columns): rule.failed for rule in found.verdict.results if rule.failed}
    proposal = without(profile.proposal, failed, profile.statistics.rows)
    return replace(profile, proposal=proposal, is_verified=True)


def _readable(rows: DataFrame) -> DataFrame:
    return rows.where(F.col(CORRUPT).isNull()) if CORRUPT in rows.columns else rows


def write_contract(profile: Profile, out: str) -> None:
    """Write the proposed contract to a file that is not there yet.

    Raises:
        ConfigError: There is one already.
        StorageError: It cannot be written.
    """
    try:
        write_new(out, profile.document.encode())
    except AlreadyExistsError as error:
        raise ConfigError(
            "there is a file already, which people may have changed",
            where=out,
            hint="write to another one, and compare them with `tidegate contract diff`",
        ) from error


def table_named(data: Data, out: str | None, table: str | None) -> str:
    """Return the name of the table that a contract is proposed for, as `<layer>.<dataset>`.

    Args:
        data: The data.
        out: Where the contract is to be written.
        table: The name that was asked for.
    """
    if table is not None:
        return table
    if out is not None:
        return str(table_of_path(out))
    return data.name if data.table else str(table_of_path(data.name if data.connection is None else data.connection))
