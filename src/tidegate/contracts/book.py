"""All contracts of a lakehouse, by table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.documents import SUFFIX, load_contract
from tidegate.contracts.protection import with_protection
from tidegate.errors import ContractError, JobDefinitionError
from tidegate.model.names import TableName
from tidegate.model.nearest import did_you_mean
from tidegate.model.privacy import Policies
from tidegate.storage import join, list_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tidegate.model.contracts import Contract


class ContractBook:
    """Looks up contracts by table. A document is read when its table is first asked for, and once."""

    def __init__(
        self,
        documents: Mapping[TableName, str],
        folder: str = "",
        contracts: Iterable[Contract] = (),
        *,
        policies: Policies | None = None,
    ) -> None:
        """Keep where contracts are.

        Args:
            documents: Per table, the address of its document.
            folder: The folder that they come from, for messages.
            contracts: Contracts that are read already.
            policies: What becomes of personal data where a contract does not say; None keeps it as it comes.

        Raises:
            ContractError: One of the contracts that are read already protects a column that cannot be protected so.
        """
        self._documents, self._folder = dict(documents), folder
        self._policies = policies or Policies()
        self._contracts = {contract.table: with_protection(contract, self._policies) for contract in contracts}

    @classmethod
    def of(cls, contracts: Iterable[Contract]) -> ContractBook:
        """Return a book of contracts that are made already."""
        return cls({}, contracts=contracts)

    @property
    def is_of_project(self) -> bool:
        """Whether it holds all contracts of a project; one of contracts that are made already may hold only some."""
        return bool(self._folder)

    @property
    def tables(self) -> tuple[TableName, ...]:
        """The tables that have a contract, sorted."""
        return tuple(sorted(self._documents.keys() | self._contracts.keys()))

    def find(self, table: TableName) -> Contract | None:
        """Return the contract of a table, or None where it has none.

        Raises:
            ContractError: It has one that cannot be read or enforced.
        """
        if table not in self._contracts and table in self._documents:
            loaded = load_contract(self._documents[table], table=table)
            self._contracts[table] = with_protection(loaded, self._policies)
        return self._contracts.get(table)

    def get(self, table: TableName) -> Contract:
        """Return the contract of a table.

        Raises:
            ContractError: It has none, or one that cannot be read or enforced.
        """
        contract = self.find(table)
        if contract is None:
            names = [str(one) for one in self.tables]
            raise ContractError(
                f"{table} has no contract, so nothing would be checked{did_you_mean(str(table), names, likeness=0.8)}",
                where=self._folder or None,
                hint=f"write {table.layer}/{table.dataset}{SUFFIX}; tables that have one: {', '.join(names) or 'none'}",
            )
        return contract


def load_contracts(folder: str, policies: Policies | None = None) -> ContractBook:
    """Return the contracts below a folder, `<layer>/<dataset>.odcs.yaml`; none of them is read yet.

    Args:
        folder: The folder.
        policies: What becomes of personal data where a contract does not say; None keeps it as it comes.

    Raises:
        ContractError: A document lies elsewhere below the folder, so that its table cannot be told.
        StorageError: The folder cannot be listed.
    """
    documents: dict[TableName, str] = {}
    root = join(folder, "x").removesuffix("x")
    for file in list_files(folder, suffix=SUFFIX):
        parts = file.uri.removeprefix(root).removesuffix(SUFFIX).split("/")
        try:
            layer, dataset = parts
            documents[TableName(layer, dataset)] = file.uri
        except (ValueError, JobDefinitionError) as error:
            raise ContractError(
                "the place of a contract does not tell its table",
                where=file.uri,
                hint=f"name it <layer>/<dataset>{SUFFIX} below {folder}, each in snake case",
            ) from error
    return ContractBook(documents, folder, policies=policies)
