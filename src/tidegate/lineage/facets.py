"""The datasets of a run as OpenLineage sees them. Needs the client; loaded only when an event is built."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, cast

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    data_quality_assertions_dataset,
    data_quality_metrics_input_dataset,
    dataset_type_dataset,
    dataset_version_dataset,
    datasource_dataset,
    input_statistics_input_dataset,
    lifecycle_state_change_dataset,
    output_statistics_output_dataset,
    schema_dataset,
    storage_dataset,
    symlinks_dataset,
)

from tidegate.lineage.naming import dataset_name, without_secrets
from tidegate.model.watching import WatchReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openlineage.client.facet_v2 import DatasetFacet, InputDatasetFacet, OutputDatasetFacet

    from tidegate.lineage.naming import DatasetName
    from tidegate.model.reports import InputRead, OutputWritten, RuleResult, RunReport, SchemaField
    from tidegate.model.watching import WatchedTable


def _own_version() -> str:
    try:
        return version("tidegate")
    except PackageNotFoundError:  # run from a folder of sources
        return "0"


VERSION = _own_version()
PRODUCER = f"pkg:pypi/tidegate@{VERSION}"
_TABLE_FORMATS = frozenset({"delta", "iceberg"})


def input_datasets(report: RunReport, namespace: str) -> list[InputDataset]:
    """Return the datasets that were read; one that was read in several ways occurs once, with its rows added up.

    What a watch has measured and checked is on the dataset that it is about.
    """
    groups: dict[DatasetName, list[InputRead]] = {}
    for read in report.inputs:
        groups.setdefault(dataset_name(read.location, table=read.table, namespace=namespace), []).append(read)
    watched = {table.table: table for table in report.watched} if isinstance(report, WatchReport) else {}
    return [_input(name, reads, namespace, watched.get(reads[0].table)) for name, reads in groups.items()]


def output_datasets(report: RunReport, namespace: str) -> list[OutputDataset]:
    """Return the datasets that were written, or were to be written; none where nothing was new.

    Counts are given only for a run that succeeded. Results of rules are on the table whose contract they come from;
    where a job writes several tables they are on the run alone.
    """
    if report.output is None or report.status in {"nothing_new", "skipped"}:
        return []
    has_written = report.status == "succeeded"
    written = report.output.tables or (report.output,)
    rules = report.rules if len(written) == 1 and not isinstance(report, WatchReport) else ()
    datasets = [_output(table, rules, namespace, has_written=has_written) for table in written]
    if report.output.quarantine and has_written:
        datasets.append(_quarantine(report.output.quarantine, report.counts.quarantined, namespace))
    return datasets


def _input(
    name: DatasetName, reads: Sequence[InputRead], namespace: str, watched: WatchedTable | None = None
) -> InputDataset:
    first = reads[0]
    versions = [read.version_to for read in reads if read.version_to is not None]
    facets = _shape(first.columns, first.format, max(versions, default=None))
    facets |= _identity(name, first.table, namespace, is_file=first.kind == "files", has_location=bool(first.location))
    statistics = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
        rowCount=_total(read.rows for read in reads),
        size=_total(read.bytes for read in reads),
        fileCount=_total(read.files for read in reads),
        producer=PRODUCER,
    )
    own: dict[str, InputDatasetFacet] = {}
    if (statistics.rowCount, statistics.size, statistics.fileCount) != (None, None, None):
        own["inputStatistics"] = statistics
    if watched is not None:
        own["dataQualityMetrics"] = _metrics(watched)
        own["dataQualityAssertions"] = _checks(watched)
    return InputDataset(namespace=name.namespace, name=name.name, facets=facets, inputFacets=own)


def _output(table: OutputWritten, rules: Sequence[RuleResult], namespace: str, *, has_written: bool) -> OutputDataset:
    name = dataset_name(table.location, table=table.table, namespace=namespace)
    facets = _shape(table.columns, table.format, table.version_after)
    facets |= _identity(name, table.table, namespace, is_file=False, has_location=bool(table.location))
    if rules:
        # The client derives this facet from its input facets, the specification means any dataset by it.
        facets["dataQualityAssertions"] = cast("DatasetFacet", _assertions(rules))
    if has_written and table.version_before is None and table.version_after is not None:
        facets["lifecycleStateChange"] = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
            lifecycle_state_change_dataset.LifecycleStateChange.CREATE, producer=PRODUCER
        )
    own: dict[str, OutputDatasetFacet] = {}
    if has_written and (table.rows, table.bytes, table.files) != (None, None, None):
        own["outputStatistics"] = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=table.rows, size=table.bytes, fileCount=table.files, producer=PRODUCER
        )
    return OutputDataset(namespace=name.namespace, name=name.name, facets=facets, outputFacets=own)


def _quarantine(table: str, rows: int, namespace: str) -> OutputDataset:
    name = dataset_name("", table=table, namespace=namespace)
    return OutputDataset(
        namespace=name.namespace,
        name=name.name,
        facets=_identity(name, table, namespace, is_file=False, has_location=False),
        outputFacets={
            "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                rowCount=rows, producer=PRODUCER
            )
        },
    )


def _identity(
    name: DatasetName, table: str, namespace: str, *, is_file: bool, has_location: bool
) -> dict[str, DatasetFacet]:
    """Return what the dataset is, where its store is, and the name that people know it by."""
    facets: dict[str, DatasetFacet] = {
        "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet("FILE" if is_file else "TABLE", producer=PRODUCER)
    }
    if has_location:
        facets["dataSource"] = datasource_dataset.DatasourceDatasetFacet(
            name=name.namespace, uri=name.uri, producer=PRODUCER
        )
    if not is_file:
        facets["symlinks"] = symlinks_dataset.SymlinksDatasetFacet(
            [symlinks_dataset.Identifier(namespace=namespace, name=table, type="TABLE")], producer=PRODUCER
        )
    return facets


def _shape(columns: Sequence[SchemaField], format_: str, at_version: int | None) -> dict[str, DatasetFacet]:
    facets: dict[str, DatasetFacet] = {}
    if columns:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(
                column.name, column.type, column.description or None, ordinal_position=position, fields=None
            )
            for position, column in enumerate(columns, start=1)
        ]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields, producer=PRODUCER)
    if at_version is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(str(at_version), producer=PRODUCER)
    if format_ in _TABLE_FORMATS:
        facets["storage"] = storage_dataset.StorageDatasetFacet(format_, "parquet", producer=PRODUCER)
    return facets


def _assertions(rules: Sequence[RuleResult]) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        [
            data_quality_assertions_dataset.Assertion(
                assertion=rule.kind or rule.id,
                success=rule.status == "passed",
                column=rule.columns[0] if len(rule.columns) == 1 else None,
                severity=rule.severity,
                name=rule.id,
                description=without_secrets(rule.description) or None,
                params=rule_facts(rule),
            )
            for rule in rules
            if rule.status != "unchecked"
        ],
        producer=PRODUCER,
    )


def _metrics(watched: WatchedTable) -> data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet:
    rows = next((one.value for one in watched.measures if one.metric == "row_count"), None)
    distinct = {one.column: one.value for one in watched.measures if one.metric == "distinct_count"}
    columns = {
        one.column: data_quality_metrics_input_dataset.ColumnMetrics(
            nullCount=_rounded(None if one.value is None or rows is None else one.value * rows),
            distinctCount=_rounded(distinct.get(one.column)),
            quantiles=None,
        )
        for one in watched.measures
        if one.metric == "null_share"
    }
    return data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
        columns, rowCount=_rounded(rows), producer=PRODUCER
    )


def _rounded(number: float | None) -> int | None:
    return None if number is None else round(number)


def _checks(watched: WatchedTable) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        [
            data_quality_assertions_dataset.Assertion(
                assertion=check.kind,
                success=check.status == "passed",
                column=check.column or None,
                severity=check.severity,
                name=check.name,
                description=check.found,
            )
            for check in watched.checks
        ],
        producer=PRODUCER,
    )


def rule_facts(rule: RuleResult) -> dict[str, object]:
    """Return what the standard fields have no place for: counts, scope, status and columns."""
    return {
        "scope": rule.scope,
        "status": rule.status,
        "checked": rule.checked,
        "failed": rule.failed,
        "columns": list(rule.columns),
    }


def _total(numbers: Iterable[int | None]) -> int | None:
    """Return the sum, or None where one of the numbers is not known."""
    known = list(numbers)
    return None if None in known else sum(number for number in known if number is not None)
