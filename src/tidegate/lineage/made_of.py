"""What an event says of its datasets and of its run, as queries use it."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - tests make values from the annotations
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.lineage.documents import at, listed, number, pairs, text

if TYPE_CHECKING:
    from tidegate.lineage.documents import Json


@dataclass(frozen=True, order=True)
class FieldUse:
    """A column of a dataset that bears on another one.

    Attributes:
        namespace: OpenLineage namespace of the dataset.
        name: OpenLineage name of the dataset.
        column: The column.
        ways: How, in OpenLineage's words, such as `IDENTITY` or `FILTER`.
        is_masked: Whether every one of the ways masks the values.
    """

    namespace: str
    name: str
    column: str
    ways: tuple[str, ...] = ()
    is_masked: bool = False


@dataclass(frozen=True)
class MadeOf:
    """What a dataset is made of.

    Attributes:
        columns: Per column, the columns that bear on it.
        rows: The columns that decide which rows there are.
        unknown: Per column, what is not known of it; under the empty name, of the rows.
    """

    columns: Mapping[str, tuple[FieldUse, ...]] = field(default_factory=dict)
    rows: tuple[FieldUse, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetUse:
    """A dataset that a run read or wrote.

    Attributes:
        namespace: OpenLineage namespace.
        name: OpenLineage name.
        table: Name of the table, such as `silver.orders`; for files, the dataset's name.
        version: Version that was read or written; None where there is none.
        made_of: What it is made of; None where the event does not say.
        personal: Columns that hold personal data.
    """

    namespace: str
    name: str
    table: str
    version: str | None = None
    made_of: MadeOf | None = None
    personal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """Versions of a table that a run read: those after one, up to another."""

    table: str
    kind: str
    after: int | None
    to: int | None

    def takes(self, version: int) -> bool:
        """Return whether the rows of a version are among what was read."""
        is_late_enough = self.kind == "whole" or self.after is None or version > self.after
        return is_late_enough and self.to is not None and version <= self.to


@dataclass(frozen=True)
class Write:
    """Versions of a table before and after a run."""

    table: str
    before: int | None
    after: int | None

    @property
    def made(self) -> int | None:
        """The version that the run made; None where it made none."""
        return self.after if self.after != self.before else None


@dataclass(frozen=True)
class RunFacts:
    """What a run did.

    Attributes:
        batch: Number of its batch.
        scope: `live`, or what else it was about.
        counts: Rows by what became of them.
        reads: What it read.
        writes: What it wrote.
    """

    batch: int | None = None
    scope: str = "live"
    counts: Mapping[str, int] = field(default_factory=dict)
    reads: tuple[Read, ...] = ()
    writes: tuple[Write, ...] = ()


def use_of(item: Json) -> DatasetUse:
    """Return what an event says of one dataset."""
    name = text(item, "name") or ""
    identifiers = listed(at(item, "facets", "symlinks", "identifiers"))
    tables = [text(entry, "name") for entry in identifiers if text(entry, "type") == "TABLE"]
    tags = listed(at(item, "facets", "tags", "tags"))
    return DatasetUse(
        namespace=text(item, "namespace") or "",
        name=name,
        table=next((table for table in tables if table), name),
        version=text(item, "facets", "version", "datasetVersion"),
        made_of=_made_of(at(item, "facets", "columnLineage")),
        personal=tuple(text(tag, "field") or "" for tag in tags if text(tag, "key") == "personal"),
    )


def run_facts(document: Json) -> RunFacts | None:
    """Return what an event says that its run did; None where it does not."""
    facet = at(document, "run", "facets", "tidegate_run")
    if facet is None:
        return None
    counts = pairs(at(facet, "counts"))
    return RunFacts(
        batch=number(facet, "batch"),
        scope=text(facet, "scope") or "",
        counts={name: count for name, count in counts.items() if isinstance(count, int)},
        reads=tuple(
            Read(text(one, "table") or "", text(one, "kind") or "", number(one, "after"), number(one, "to"))
            for one in listed(at(facet, "reads"))
        ),
        writes=tuple(
            Write(text(one, "table") or "", number(one, "before"), number(one, "after"))
            for one in listed(at(facet, "writes"))
        ),
    )


def _made_of(facet: Json) -> MadeOf | None:
    if facet is None:
        return None
    columns = pairs(at(facet, "fields"))
    unknown = {name: text(one, "transformationDescription") for name, one in columns.items()}
    unknown[""] = "; ".join(str(reason) for reason in listed(at(facet, "unknown"))) or None
    return MadeOf(
        {name: _fields(at(one, "inputFields")) for name, one in columns.items()},
        _fields(at(facet, "dataset")),
        {name: said for name, said in unknown.items() if said},
    )


def _fields(items: Json) -> tuple[FieldUse, ...]:
    return tuple(_field(item) for item in listed(items))


def _field(item: Json) -> FieldUse:
    ways = listed(at(item, "transformations"))
    return FieldUse(
        namespace=text(item, "namespace") or "",
        name=text(item, "name") or "",
        column=text(item, "field") or "",
        ways=tuple(text(way, "subtype") or text(way, "type") or "" for way in ways),
        is_masked=bool(ways) and all(at(way, "masking") is True for way in ways),
    )
