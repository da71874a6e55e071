"""Hold data against a contract, without a job."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from tidegate.contracts.documents import load_contract
from tidegate.contracts.protection import as_published
from tidegate.contracts.validation import WHOLE, examine
from tidegate.errors import SourceError
from tidegate.factory.data import Data, asked, names_table, read_records, read_table, references_of
from tidegate.job.context import utc_now
from tidegate.job.life import READABLE
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from datetime import datetime

    from tidegate.contracts.validation import Finding, Look, Validation
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.contracts import Contract


@dataclass(frozen=True)
class ValidatedData:
    """Data that were held against a contract.

    Attributes:
        data: The data, as they were named.
        contract: The contract.
        look: How closely they were looked at.
        found: What was found.
        at: When (UTC).
    """

    data: Data
    contract: Contract
    look: Look
    found: Validation
    at: datetime

    @property
    def is_refused(self) -> bool:
        """Whether the data do not hold."""
        return self.found.verdict.is_refused

    def document(self) -> dict[str, object]:
        """Return everything as one JSON document."""
        return {
            "data": self.data.name,
            "connection": self.data.connection,
            "contract": {
                "table": str(self.contract.table),
                "version": self.contract.version,
                "document": self.contract.location,
            },
            "checked_at": self.at.isoformat(),
            "is_refused": self.is_refused,
            "sample": self.look.share,
            "rows": self.found.verdict.rows,
            "rules": [_rule(finding) for finding in self.found.findings],
            "unchecked": [rule.id for rule in self.found.unchecked],
        }


def validate_data(lakehouse: Lakehouse, data: Data, contract: str, look: Look = WHOLE) -> ValidatedData:
    """Return what was found about files, a table, or a table or query of a database.

    Args:
        lakehouse: The project, whose tables foreign keys may refer to.
        data: The data.
        contract: A contract's file, or the name of its table.
        look: How closely they are looked at.

    Raises:
        SourceError: There is nothing to read, the format cannot be told, or a sample holds none of the rows.
        TidegateError: The contract cannot be enforced, or does not fit the data.
    """
    found = lakehouse.contracts.get(TableName.parse(contract)) if names_table(contract) else load_contract(contract)
    references = references_of(lakehouse, found)
    if data.table:
        rows, enforced = read_table(lakehouse, data.table, found), as_published(found)
    else:
        rows, enforced = read_records(lakehouse, data, found), replace(found, rules=(*found.rules, READABLE))
    at = utc_now()
    with asked(data):
        validation = examine(rows, enforced, references=references, now=at, look=look)
        if look.share < 1 and not validation.verdict.rows and not rows.isEmpty():
            raise SourceError("the sample holds none of the rows", where=data.name, hint="take a larger --sample")
    return ValidatedData(data, found, look, validation, at)


def _rule(finding: Finding) -> dict[str, object]:
    examples = [[asdict(cell) for cell in example] for example in finding.examples]
    share = {"is_about_rows": finding.is_about_rows, "failed_share": finding.failed_share}
    return {**asdict(finding.result), "says": finding.says, **share, "examples": examples}
