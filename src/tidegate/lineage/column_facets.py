"""What the columns of a dataset are made from, as OpenLineage says it. Needs the client."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, cast

from openlineage.client.facet_v2 import column_lineage_dataset, tags_dataset

from tidegate.lineage.naming import dataset_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openlineage.client.facet_v2 import DatasetFacet

    from tidegate.lineage.naming import DatasetName
    from tidegate.model.column_lineage import ColumnLineage, Derivation
    from tidegate.model.reports import RunReport
    from tidegate.model.transfers import OutputWritten


def sources_of(report: RunReport, namespace: str) -> dict[str, DatasetName]:
    """Return the datasets that a lineage may name: inputs, by name and by table, and the tables that are written."""
    written = report.output.tables if report.output else ()
    tables = {one.table: dataset_name(one.location, table=one.table, namespace=namespace) for one in written}
    reads = [(read, dataset_name(read.location, table=read.table, namespace=namespace)) for read in report.inputs]
    return tables | {read.table: name for read, name in reads} | {read.name: name for read, name in reads}


def column_facets(
    table: OutputWritten, sources: Mapping[str, DatasetName], *, namespace: str, producer: str
) -> dict[str, DatasetFacet]:
    """Return what the columns of a table are made from, and which of them hold personal data.

    Args:
        table: What was written.
        sources: Per name of an input, or of a table, its dataset. Any other is taken to be a table of the namespace.
        namespace: Namespace of tables.
        producer: Who says so.
    """
    facets: dict[str, DatasetFacet] = {}
    personal = [column.name for column in table.columns if column.is_personal]
    if personal:
        tags = [tags_dataset.TagsDatasetFacetFields("personal", "true", "CONTRACT", name) for name in personal]
        facets["tags"] = tags_dataset.TagsDatasetFacet(tags, producer=producer)
    if table.lineage is not None:
        made = _Lineage(table.lineage, sources, namespace)
        names = [column.name for column in table.columns] or list(table.lineage.columns)
        facets["columnLineage"] = made.facet(names, producer)
    return facets


class _Lineage:
    """A lineage, and the datasets that it names."""

    def __init__(self, lineage: ColumnLineage, sources: Mapping[str, DatasetName], namespace: str) -> None:
        self._lineage, self._sources, self._namespace = lineage, sources, namespace

    def facet(self, names: Sequence[str], producer: str) -> column_lineage_dataset.ColumnLineageDatasetFacet:
        columns = {name: self._lineage.columns[name] for name in names if name in self._lineage.columns}
        facet = column_lineage_dataset.ColumnLineageDatasetFacet(
            {name: self._field(made) for name, made in columns.items()},
            self._inputs(self._lineage.rows),
            producer=producer,
        )
        if not self._lineage.rows.unknown:
            return facet
        said = facet.with_additional_properties(unknown=list(self._lineage.rows.unknown))
        return cast("column_lineage_dataset.ColumnLineageDatasetFacet", said)

    def _field(self, made: Derivation) -> column_lineage_dataset.Fields:
        description = f"not known: {'; '.join(made.unknown)}" if made.unknown else None
        return column_lineage_dataset.Fields(self._inputs(made), transformationDescription=description)

    def _inputs(self, made: Derivation) -> list[column_lineage_dataset.InputField]:
        fields = []
        for (source, column), ways in groupby(made.influences, key=lambda one: (one.source, one.column)):
            name = self._sources.get(source) or dataset_name("", table=source, namespace=self._namespace)
            transformations = [
                column_lineage_dataset.Transformation(
                    "DIRECT" if way.is_direct else "INDIRECT", way.subtype, masking=way.is_masked
                )
                for way in ways
            ]
            fields.append(column_lineage_dataset.InputField(name.namespace, name.name, column, transformations))
        return fields
