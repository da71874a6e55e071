"""What follows from the contracts of a project: which files, where they go, and which of them are stale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.book import load_contracts
from tidegate.contracts.outputs.access import access, ending_of
from tidegate.contracts.outputs.artefacts import Artefact
from tidegate.contracts.outputs.data import SampleBook, sample_document
from tidegate.contracts.outputs.dbt import dbt_models, dbt_sources, project_models
from tidegate.contracts.outputs.ddl import create_table
from tidegate.contracts.outputs.dictionary import layer_page
from tidegate.contracts.outputs.gx import suite
from tidegate.contracts.protection import as_published
from tidegate.contracts.roles import reading_of
from tidegate.errors import ConfigError
from tidegate.model.names import TableName
from tidegate.storage import join

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tidegate.config import Settings
    from tidegate.contracts.book import ContractBook
    from tidegate.model.contracts import Contract

KINDS = ("access", "ddl", "dbt", "dictionary", "gx", "data")

_DBT_LAYER = "gold"
_SOURCES = "models/staging/_sources.yml"
_MODELS = "models/marts/_models.yml"


@dataclass(frozen=True)
class Generated:
    """What was asked to be generated.

    Attributes:
        artefacts: The files.
        folders: Folders in which every other generated file is left over; empty unless all was asked for.
    """

    artefacts: tuple[Artefact, ...]
    folders: tuple[str, ...]


def generate(
    settings: Settings, tables: Sequence[str] = (), *, kinds: Sequence[str] = (), out: str | None = None
) -> Generated:
    """Return the files that follow from the contracts of a project. Nothing is written, and Spark is not needed.

    Args:
        settings: The settings; they say where contracts are and where the files go.
        tables: Names such as `silver.orders`; none takes all. A page of a layer and dbt's files are whole all the same.
        kinds: Some of `KINDS`; none takes all.
        out: A folder for everything, instead of the places of the settings.

    Raises:
        ConfigError: There is no such kind; or a catalog is to grant something to a role that it cannot know.
        ContractError: A table has no contract, or one that cannot be read.
        StorageError: A folder or file cannot be read.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise ConfigError(f"nothing of the kind {', '.join(unknown)} is generated", hint=f"kinds: {', '.join(KINDS)}")
    asked = _Asked(
        settings,
        load_contracts(settings.contracts.location, settings.privacy.policies),
        frozenset(map(TableName.parse, tables)),
        out,
    )
    makers = {
        "access": asked.access,
        "ddl": asked.ddl,
        "dbt": asked.dbt,
        "dictionary": asked.dictionary,
        "gx": asked.gx,
        "data": asked.data,
    }
    artefacts = [artefact for kind in KINDS if kind in (kinds or KINDS) for artefact in makers[kind]()]
    return Generated(tuple(artefacts), () if tables or kinds else asked.folders)


@dataclass(frozen=True)
class _Asked:
    settings: Settings
    book: ContractBook
    tables: frozenset[TableName]
    out: str | None

    @property
    def folders(self) -> tuple[str, ...]:
        places = self.settings.contracts
        return (self._place("", places.generated), self._place("dictionary", places.dictionary))

    def access(self) -> Iterator[Artefact]:
        """Give the grants for every catalog of the settings; tables whose contracts let no role read have none."""
        for catalog, principals in self.settings.contracts.access.items():
            for contract in self._chosen():
                if any(map(reading_of, contract.details.roles)):
                    yield self._of_table(contract, ending_of(catalog), access(contract, catalog, principals))

    def ddl(self) -> Iterator[Artefact]:
        layers = self.settings.storage.layers
        for contract in self._chosen():
            formats = {name: layer.format for name, layer in layers.items() if name == contract.table.layer}
            found = formats.get(contract.table.layer, "delta")  # type: ignore[call-overload]
            kind = "delta" if found == "memory" else found
            yield self._of_table(contract, "sql", create_table(as_published(contract), kind))

    def gx(self) -> Iterator[Artefact]:
        for contract in self._chosen():
            yield self._of_table(contract, "gx.json", suite(as_published(contract)))

    def data(self) -> Iterator[Artefact]:
        samples = SampleBook(self.book)
        for contract in self._chosen():
            text = sample_document(contract, samples.get(contract.table))
            yield self._of_table(contract, "rows.json", text)

    def dictionary(self) -> Iterator[Artefact]:
        folder = self._place("dictionary", self.settings.contracts.dictionary)
        for layer in sorted({contract.table.layer for contract in self._chosen()}):
            members = [self.book.get(table) for table in self.book.tables if table.layer == layer]
            yield Artefact(join(folder, f"{layer}.md"), layer_page(layer, members))

    def dbt(self) -> Iterator[Artefact]:
        names, sources = project_models(self.settings.dbt.project_dir)
        models = {TableName(_DBT_LAYER, name) for name in names}
        folder = self._place("dbt", self.settings.dbt.project_dir)
        if self._are_chosen(sources):
            contracts = [self.book.get(table) for table in sources]
            yield Artefact(join(folder, _SOURCES), dbt_sources(list(map(as_published, contracts))))
        described = models.intersection(self.book.tables)
        if self._are_chosen(described):
            contracts = [self.book.get(table) for table in described]
            yield Artefact(join(folder, _MODELS), dbt_models(contracts, sources | models))

    def _chosen(self) -> list[Contract]:
        return [self.book.get(table) for table in sorted(self.tables or self.book.tables)]

    def _are_chosen(self, tables: Collection[TableName]) -> bool:
        return bool(self.tables.intersection(tables) if self.tables else tables)

    def _of_table(self, contract: Contract, ending: str, text: str) -> Artefact:
        folder = join(self._place("", self.settings.contracts.generated), contract.table.layer)
        return Artefact(join(folder, f"{contract.table.dataset}.{ending}"), text)

    def _place(self, name: str, usual: str) -> str:
        if self.out is None:
            return usual
        return join(self.out, name) if name else self.out
