"""Make the baseline of a table from one of its versions: what its rules about outliers and drift compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.baselines import baseline_document, baseline_uri, load_baseline, wanting
from tidegate.contracts.documents import SUFFIX as CONTRACT
from tidegate.contracts.personal import is_confidential
from tidegate.contracts.profiling.usual import measure_usual
from tidegate.contracts.rules.checking import column_types
from tidegate.errors import ConfigError, TableError
from tidegate.factory.data import read_table
from tidegate.model.baselines import Baseline
from tidegate.model.names import TableName
from tidegate.storage import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.contracts import Contract


@dataclass(frozen=True)
class MadeBaseline:
    """A baseline that was made.

    Attributes:
        baseline: The baseline.
        file: Where it lies.
        left_out: Per rule that it says nothing of, by its id, why.
        is_new: Whether it says anything else than what was there before.
    """

    baseline: Baseline
    file: str
    left_out: Mapping[str, str]
    is_new: bool


def make_baseline(
    lakehouse: Lakehouse, name: str, version: int | None = None, *, is_check: bool = False
) -> MadeBaseline:
    """Return what is usual of a table as of a version, and write it beside its contract.

    Only published rows are looked at, of a history the current ones. What is told of a column that the contract
    classifies would show its values, so rules about such a column are left out: give them numbers.

    Args:
        lakehouse: The project.
        name: The table, such as `silver.orders`.
        version: The version; None takes the newest.
        is_check: Whether to write nothing.

    Raises:
        ContractError: The table has no contract, or one that cannot be read.
        ConfigError: No rule asks for a baseline, or the contract has no file that one could lie beside.
        TableError: There is no such table or version.
        StorageError: The file cannot be written.
    """
    table = TableName.parse(name)
    contract = lakehouse.contracts.get(table)
    asked = wanting(contract)
    if not asked or not contract.location.endswith(CONTRACT):
        raise ConfigError(
            "no rule leaves its numbers to a baseline" if not asked else f"its contract is no file {CONTRACT}",
            where=f"{table}, contract {contract.location}",
            hint="rules of the kinds outlier and drift do, where they are given none; docs/reference/rules.md",
        )
    newest = lakehouse.tables.store(table).version(table)
    at = newest if version is None else version
    if at is None:
        raise TableError("there is no such table", where=name, hint="run its job first")
    told = {rule.id: rule for rule in asked if not _is_confidential(contract, rule.columns)}
    rows = read_table(lakehouse, table, contract, at)
    usual = measure_usual(rows, [*told.values()], column_types(contract))
    made = Baseline(str(table), at, contract.version, usual)
    known = {one.rule for one in usual}
    left_out = {
        rule.id: "its column has too few values" if rule.id in told else "its column is classified"
        for rule in asked
        if rule.id not in known
    }
    file = baseline_uri(contract.location)
    before = load_baseline(file)
    if not is_check:
        replace(file, baseline_document(made))
    return MadeBaseline(made, file, left_out, is_new=before is None or before.usual != made.usual)


def render_baseline(made: MadeBaseline) -> str:
    """Return what was made, for people; no number of it."""
    baseline = made.baseline
    lines = [f"{baseline.table}, version {baseline.table_version}:"]
    lines += [f"  {one.rule}: {one.by} of {', '.join(one.columns)}, {one.values:,} values" for one in baseline.usual]
    lines += [f"  {rule}: left out, {why}" for rule, why in made.left_out.items()]
    return "\n".join([*lines, f"{'as it was' if not made.is_new else 'new'}: {made.file}"])


def _is_confidential(contract: Contract, columns: tuple[str, ...]) -> bool:
    return any(is_confidential(column) for column in contract.columns if column.name in columns)
