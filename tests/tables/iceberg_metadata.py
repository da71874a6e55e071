"""Metadata of an Iceberg table as its file has it, without Spark: snapshots and their log are all that varies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyiceberg.table.metadata import TableMetadataUtil

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyiceberg.table.metadata import TableMetadata


def metadata_of(snapshots: Iterable[object], told: Iterable[tuple[int, int]], **more: object) -> TableMetadata:
    """Return the metadata of a table.

    Args:
        snapshots: The snapshots that have not expired, as JSON.
        told: The snapshots that have been the table, oldest first, each with its moment in milliseconds.
        more: Further entries, or others in place of these.
    """
    log = [{"snapshot-id": number, "timestamp-ms": moment} for number, moment in told]
    metadata: dict[str, object] = {
        "format-version": 2,
        "table-uuid": "00000000-0000-0000-0000-000000000001",
        "location": "/t",
        "last-column-id": 1,
        "current-schema-id": 0,
        "schemas": [{"type": "struct", "schema-id": 0, "fields": []}],
        "default-spec-id": 0,
        "partition-specs": [{"spec-id": 0, "fields": []}],
        "last-partition-id": 999,
        "default-sort-order-id": 0,
        "sort-orders": [{"order-id": 0, "fields": []}],
        "snapshots": list(snapshots),
        "snapshot-log": log,
        **({"current-snapshot-id": log[-1]["snapshot-id"]} if log else {}),
        **more,
    }
    return TableMetadataUtil.parse_obj(metadata)
