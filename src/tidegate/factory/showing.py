"""A contract as a person asks about it: what is enforced, what cannot be, what is only kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.book import load_contracts
from tidegate.contracts.kept import kept_entries
from tidegate.contracts.rules.kinds import UNENFORCED
from tidegate.model.names import TableName
from tidegate.storage import read_bytes

if TYPE_CHECKING:
    from tidegate.config import Settings
    from tidegate.contracts.kept import Kept
    from tidegate.model.contracts import Contract, Rule


@dataclass(frozen=True)
class ShownContract:
    """A contract, sorted by what becomes of its parts.

    Attributes:
        contract: The contract.
        enforced: The rules that the gate enforces.
        refused: The rules that cannot be enforced; a gate with one of them does not compile.
        kept: Entries of the document that no rule comes from.
    """

    contract: Contract
    enforced: tuple[Rule, ...]
    refused: tuple[Rule, ...]
    kept: tuple[Kept, ...]


def show_contract(settings: Settings, table: str) -> ShownContract:
    """Return the contract of a table, sorted by what becomes of its parts.

    Args:
        settings: The settings; they say where contracts are.
        table: Name such as `silver.orders`.

    Raises:
        ContractError: The table has no contract, or one that cannot be read.
    """
    contract = load_contracts(settings.contracts.location).get(TableName.parse(table))
    refused = tuple(rule for rule in contract.rules if rule.kind == UNENFORCED)
    enforced = tuple(rule for rule in contract.rules if rule.kind != UNENFORCED)
    kept = kept_entries(read_bytes(contract.location), contract.location, contract.table.dataset)
    return ShownContract(contract, enforced, refused, kept)
