"""What logs tell of the days in files agrees with the files; what they do not tell may be any day. No Spark."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from tidegate import storage
from tidegate.model.names import TableName
from tidegate.tables.delta_extents import DeltaLogReader
from tidegate.tables.extents import Extent, Window, log_reader, window_of
from tidegate.tables.manifest_extents import ManifestReader
from tidegate.tables.manifests import DataFile, Manifest, ManifestLog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tidegate.tables.port import TableStore

TABLE = TableName("silver", "orders")
FIRST = date(2024, 1, 1)
SCHEMA = (
    '{"type":"struct","fields":[{"name":"ordered_at","type":"timestamp","nullable":true,"metadata":{}},'
    '{"name":"id","type":"long","nullable":true,"metadata":{}}]}'
)

days = st.integers(0, 20).map(lambda n: FIRST + timedelta(days=n))
spans = st.tuples(days, days).map(lambda pair: (min(pair), max(pair)))


@dataclass(frozen=True)
class Folder:
    """A store of which only the places of its tables are asked."""

    root: str
    format: str = "delta"

    def location(self, table: TableName) -> str:
        return f"{self.root}/{table.dataset}"


def reader(root: Path, kind: str) -> TableStore:
    return cast("TableStore", Folder(f"{root}", kind))


@given(st.lists(spans, max_size=5), spans)
def test_a_file_meets_a_window_where_they_share_a_day(
    files: list[tuple[date, date]], wanted: tuple[date, date]
) -> None:
    extents = [Extent(1, first, last) for first, last in files]
    window = window_of(extents)
    assert (window is None) == (not files)
    if window:
        assert (window.first, window.last) == (min(first for first, _ in files), max(last for _, last in files))
    for one, (first, last) in zip(extents, files, strict=True):
        shared = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        asked = {wanted[0] + timedelta(days=n) for n in range((wanted[1] - wanted[0]).days + 1)}
        assert one.meets(Window(*wanted)) == bool(shared & asked)
        assert one.meets(None)
    assert Extent(1).meets(Window(*wanted))
    assert window_of([*extents, Extent(1)]) is None


def added(path: str, first: str | None, last: str | None) -> dict[str, object]:
    stats: dict[str, object] = {"numRecords": 1}
    if first and last:
        stats |= {"minValues": {"ordered_at": first, "id": 1}, "maxValues": {"ordered_at": last, "id": 9}}
    return {"add": {"path": path, "size": 10, "dataChange": True, "stats": json.dumps(stats)}}


def commit(root: Path, version: int, *actions: Mapping[str, object]) -> None:
    text = "\n".join(json.dumps(action) for action in ({"commitInfo": {"operation": "WRITE"}}, *actions))
    storage.write_new(f"{root}/orders/_delta_log/{version:020d}.json", text.encode())


def test_delta_tells_the_files_of_a_version_and_those_since_another(tmp_path: Path) -> None:
    commit(
        tmp_path,
        0,
        {"metaData": {"schemaString": SCHEMA}},
        added("a", "2024-01-01T23:00:00.000Z", "2024-01-02T01:00:00.000Z"),
        added("b", None, None),
    )
    gone = {"remove": {"path": "a", "dataChange": True, "size": 10}}
    commit(tmp_path, 1, gone, added("c", "2024-01-05T00:00:00.000Z", "2024-01-05T00:00:00.000Z"))
    log = DeltaLogReader(reader(tmp_path, "delta"))
    a, b, c = Extent(10, FIRST, date(2024, 1, 2)), Extent(10), Extent(10, date(2024, 1, 5), date(2024, 1, 5))
    assert log.extents(TABLE, "ordered_at", None, 0) == (a, b)
    assert log.extents(TABLE, "ordered_at", None, 1) == (b, c)
    assert log.extents(TABLE, "ordered_at", 0, 1) == (c,)
    assert log.extents(TABLE, "id", 0, 1) == (Extent(10),)
    columns = log.columns(TABLE)
    assert columns is not None
    assert columns.names == ["ordered_at", "id"]
    assert isinstance(log_reader(reader(tmp_path, "delta")), DeltaLogReader)


def test_manifests_tell_files_and_no_days(tmp_path: Path) -> None:
    store = reader(tmp_path, "parquet")
    log = ManifestLog(store.location(TABLE))
    log.append(Manifest(1, SCHEMA, (DataFile("a", 5),)))
    log.append(Manifest(2, SCHEMA, (DataFile("b", 7),)))
    manifests = ManifestReader(store)
    assert manifests.extents(TABLE, "ordered_at", None, 2) == (Extent(5), Extent(7))
    assert manifests.extents(TABLE, "ordered_at", 1, 2) == (Extent(7),)
    columns = manifests.columns(TABLE)
    assert columns is not None
    assert columns.names == ["ordered_at", "id"]
    assert manifests.columns(TableName("silver", "other")) is None
    assert isinstance(log_reader(store), ManifestReader)
    assert log_reader(reader(tmp_path, "memory")) is None
