"""Upkeep of Parquet tables: what dead runs left goes, and nothing that a version names."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tidegate.errors import TableError
from tidegate.model.names import TableName
from tidegate.tables.manifests import DataFile, Manifest, ManifestLog
from tidegate.tables.parquet import ParquetStore
from tidegate.tables.upkeep.parquet import ParquetKeeper

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

TABLE = TableName("bronze", "things")


def no_session() -> SparkSession:
    """Fail: upkeep of Parquet tables needs no Spark."""
    raise AssertionError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a table of three versions; the third replaces the others."""
    folder = tmp_path / "things"
    log = ManifestLog(str(folder))
    files = [DataFile(f"data/{number}-run/rows/part.parquet", 10 * number) for number in (1, 2, 3)]
    changed = (DataFile("data/3-run/changes/part.parquet", 5),)
    log.append(Manifest(1, "{}", (files[0],)))
    log.append(Manifest(2, "{}", (files[1],)))
    log.append(Manifest(3, "{}", (files[2],), replaces=True, changed=changed))
    for file in (*files, *changed):
        put(folder, file.path, days_ago=100)
    return folder


def put(folder: Path, path: str, *, days_ago: int) -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"x")
    moment = time.time() - days_ago * 86_400
    os.utime(place, (moment, moment))


def keeper(folder: Path) -> ParquetKeeper:
    return ParquetKeeper(ParquetStore(str(folder.parent), no_session))


def paths(folder: Path) -> set[str]:
    return {str(path.relative_to(folder / "data")) for path in (folder / "data").rglob("*") if path.is_file()}


def test_the_shape_is_that_of_the_newest_version(folder: Path) -> None:
    shape = keeper(folder).shape(TABLE, None)
    assert [file.bytes for file in shape.files] == [30]
    assert not shape.is_rewritable


def test_only_what_dead_runs_left_goes(folder: Path) -> None:
    named = paths(folder)
    for path in ("data/4-dead/_passes=true/a.parquet", "data/4-dead/_passes=true/b.parquet"):
        put(folder, path, days_ago=40)
    put(folder, "data/1-run/_passes=false/a.parquet", days_ago=40)
    put(folder, "data/1-run/rows/.part.parquet.crc", days_ago=100)
    put(folder, "data/5-alive/_passes=true/a.parquet", days_ago=40)
    put(folder, "data/5-alive/_passes=true/b.parquet", days_ago=1)

    assert keeper(folder).expire(TABLE, 30) == 3
    kept = {"1-run/rows/.part.parquet.crc", "5-alive/_passes=true/a.parquet", "5-alive/_passes=true/b.parquet"}
    assert paths(folder) == named | kept
    assert keeper(folder).expire(TABLE, 30) == 0


def test_a_table_that_does_not_exist_has_no_shape(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="does not exist"):
        keeper(tmp_path / "nothing").shape(TABLE, None)
