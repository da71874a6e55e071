"""The catalog: layers and their formats; nothing is loaded or started before it is needed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from tidegate.errors import MissingExtraError, TableError
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = TableName.parse("bronze.orders")


def no_session() -> NoReturn:
    raise AssertionError("a session was started")


def catalog(kind: str = "parquet", location: str = "lake/bronze") -> Catalog:
    return Catalog({"bronze": Place(kind, location), "gold": Place("delta", "lake/gold")}, no_session)


def test_an_unknown_layer_says_which_there_are() -> None:
    with pytest.raises(TableError, match=r"(?s)'silver' has no place.*storage.yaml has: bronze, gold"):
        catalog().store(TableName.parse("silver.orders"))


def test_an_unknown_format_says_which_there_are() -> None:
    with pytest.raises(TableError, match=r"(?s)'hudi' is not known.*delta, iceberg, memory, parquet"):
        catalog("hudi").store(ORDERS)


@pytest.mark.spark
@pytest.mark.parametrize("kind", ["delta", "iceberg", "memory", "parquet"])
def test_what_logs_tell_needs_no_session(kind: str, tmp_path: Path) -> None:
    store = catalog(kind, str(tmp_path)).store(ORDERS)
    assert store.format == kind
    assert store.location(ORDERS) == f"{tmp_path}/orders"
    assert store.version(ORDERS) is None
    assert store.last_commit(ORDERS, "tidegate/job/live") is None


@pytest.mark.spark
def test_a_layer_has_one_store() -> None:
    one = catalog("memory")
    assert one.store(ORDERS) is one.store(TableName.parse("bronze.customers"))


@pytest.mark.spark
def test_a_relative_folder_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert catalog().store(ORDERS).location(ORDERS) == f"{tmp_path}/lake/bronze/orders"
    assert catalog(location="s3://bucket/lake/").store(ORDERS).location(ORDERS) == "s3://bucket/lake/orders"


def test_a_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tidegate.tables.delta", raising=False)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    for name in [name for name in sys.modules if name.startswith(("tidegate.tables.", "pyspark."))]:
        if name not in {"tidegate.tables.catalog", "tidegate.tables.port"}:
            monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingExtraError, match=r"(?s)needs the package 'pyspark'.*tidegate\[spark\]"):
        catalog("delta").store(ORDERS)


def test_iceberg_without_pyiceberg_names_its_own_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("tidegate.tables.iceberg", "pyiceberg"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyiceberg", None)
    with pytest.raises(MissingExtraError, match=r"(?s)needs the package 'pyiceberg'.*tidegate\[iceberg\]"):
        catalog("iceberg").store(ORDERS)
