"""Personal data on its way into a table: rules judge what came, and the table gets what its contract lets it hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.problems import refusal
from tidegate.contracts.schemas import frame_problems
from tidegate.job.arrivals import event_column
from tidegate.model.mode_traits import tie_break
from tidegate.model.modes import ApplyChanges, Scd2, Upsert
from tidegate.model.privacy import MASK, STANDING
from tidegate.storage.yaml_documents import Problem
from tidegate.tables.columns import column
from tidegate.transforms.keyed_hashes import with_keyed_hashes
from tidegate.transforms.tokens import with_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.job.context import RunContext
    from tidegate.job.work import Work
    from tidegate.model.contracts import Contract
    from tidegate.model.modes import WriteMode

# What could not become columns is text of unknown classes: a table with protected columns does not hold it. Neither the
# keys and headers of records of Kafka, which are no columns of the contract and may say the same.
_UNCLASSED = frozenset({"_rescued", "_kafka_key", "_kafka_headers"})


def stored_columns(contract: Contract) -> Mapping[str, str]:
    """Return, per protected column, the column of a marked batch that has what the table is to hold."""
    return {name: f"_stored_{place}" for place, name in enumerate(contract.protected)}


def with_stored(rows: DataFrame, work: Work) -> DataFrame:
    """Return the rows with what the table is to hold of protected columns beside them; as they are where none is.

    Rows that do not fit the contract stay as they are, for the gate to refuse.
    """
    if not work.contract.protected or any(frame_problems(rows.schema, work.contract)):
        return rows
    contract, names = work.contract, stored_columns(work.contract)
    masked = {names[name]: _masked(name, contract) for name, asked in contract.protected.items() if asked == "mask"}
    rows = rows.withColumns(masked) if masked else rows
    for asked, standing in (("hash", with_keyed_hashes), ("tokenise", with_tokens)):
        texts = {names[name]: column(name) for name, wanted in contract.protected.items() if wanted == asked}
        rows = standing(rows, texts, work.context.privacy_key()) if texts else rows
    return rows


def as_stored(rows: DataFrame, columns: Sequence[str], contract: Contract) -> DataFrame:
    """Return columns of staged rows as the table is to hold them, in that order.

    Args:
        rows: The staged rows.
        columns: The columns.
        contract: The table's contract.
    """
    names = stored_columns(contract)
    blanked = _UNCLASSED if names else frozenset()
    return rows.select(
        *(
            (F.lit(None).cast(rows.schema[name].dataType) if name in blanked else column(names.get(name, name))).alias(
                name
            )
            for name in columns
        )
    )


def check_protection(contract: Contract, mode: WriteMode, context: RunContext) -> None:
    """Assert that the table can still be written in its mode once its columns are protected.

    Raises:
        ContractError: It cannot: rows are ordered by a protected column, or a key is hashed here and not where it
            refers to.
    """
    problems = [*_ordered_problems(contract, mode), *_reference_problems(contract, context)]
    if problems:
        raise refusal(contract.location or str(contract.table), problems)


def _masked(name: str, contract: Contract) -> Column:
    kind = next(known.type for known in contract.columns if known.name == name)
    if kind != "string":
        return F.lit(None).cast(kind)
    return F.when(column(name).isNotNull(), F.lit(MASK))


def _ordered_problems(contract: Contract, mode: WriteMode) -> Iterator[Problem]:
    order = {event_column(mode), *tie_break(mode)}
    if isinstance(mode, Upsert | Scd2 | ApplyChanges):
        order.add(mode.sequence_by)
    keys = set(mode.keys) if isinstance(mode, Upsert | Scd2 | ApplyChanges) else set()
    for known in contract.columns:
        asked, line = contract.protected.get(known.name), known.line or 1
        if asked and known.name in order:
            yield Problem(line, f"{known.name} orders rows, so its privacy is keep, not {asked}")
        if asked == "mask" and known.name in keys:
            yield Problem(line, f"{known.name} is a key of the table, and mask would make all keys one; hash it")


def _reference_problems(contract: Contract, context: RunContext) -> Iterator[Problem]:
    for key in contract.foreign_keys:
        other = context.contracts.find(key.table)
        for name, wanted in zip(key.columns, key.references, strict=False):
            asked = contract.protected.get(name)
            if asked in STANDING and other and other.protected.get(wanted) != asked:
                line = next((known.line for known in contract.columns if known.name == name), None)
                done = {"hash": "hashed", "tokenise": "made a token"}[asked]
                yield Problem(line or 1, f"{name} is {done}, and {key.table}.{wanted}, which it refers to, is not")
