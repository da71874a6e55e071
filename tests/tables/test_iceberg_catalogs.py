"""Iceberg catalogs: a real database that Spark and pyiceberg share, and what each kind is told of its address."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.conformance.reference import Event
from tests.tables.batches import UPSERT, commit, entity_batch, events_of

from tidegate.errors import TableError
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, Place
from tidegate.tables.iceberg_catalogs import HadoopCatalog, ServedCatalog
from tidegate.tables.iceberg_session import registered

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.tables.port import TableStore

NAME = TableName("silver", "orders")
APPLICATION = commit(1).token.application


def opened(spark: SparkSession, folder: Path) -> TableStore:
    """Return the store of a layer whose tables are registered in a SQLite database."""
    catalog = {
        "type": "jdbc",
        "name": "books",
        "uri": f"jdbc:sqlite:{folder}/catalog.db",
        "warehouse": f"{folder}/lake",
    }
    return Catalog({"silver": Place("iceberg", f"{folder}/lake/silver", catalog)}, lambda: spark).store(NAME)


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("jdbc:sqlite:/lake/catalog.db", "sqlite:////lake/catalog.db"),
        ("jdbc:postgresql://host:5432/books", "postgresql+pg8000://me:p%2Fw@host:5432/books"),
    ],
)
def test_the_address_of_a_database_is_told_to_python_in_its_own_way(uri: str, address: str) -> None:
    given = {"type": "jdbc", "uri": uri, "warehouse": "/lake", "jdbc.user": "me", "jdbc.password": "p/w"}
    assert ServedCatalog("silver", given)._read_properties() == {"type": "sql", "uri": address, "warehouse": "/lake"}


def test_what_rest_and_glue_take_is_the_same_for_both() -> None:
    given = {"type": "rest", "uri": "https://catalog", "warehouse": "w", "credential": "c"}
    catalog = ServedCatalog("silver", {**given, "name": "books"})
    assert catalog.spark_properties() == catalog._read_properties() == given


@pytest.mark.parametrize("location", ["/silver", "s3://bucket", "silver"])
def test_a_layer_whose_folder_has_no_folder_around_it_is_refused(location: str) -> None:
    with pytest.raises(TableError, match="a folder within a folder"):
        HadoopCatalog(location)


@pytest.mark.spark
def test_a_table_registered_in_a_database_is_published_restored_and_removed(
    spark: SparkSession, tmp_path: Path
) -> None:
    store = opened(spark, tmp_path)
    one, two = ([Event((1, "north"), at, text, None)] for at, text in ((1, "A"), (2, "B")))
    assert store.version(NAME) is None
    store.publish(entity_batch(spark, NAME, UPSERT, one), commit(1))
    published = store.publish(entity_batch(spark, NAME, UPSERT, two), commit(2))
    assert (published.version_before, published.version_after, published.updated) == (1, 2, 1)
    with sqlite3.connect(tmp_path / "catalog.db") as books:
        rows = books.execute("SELECT catalog_name, table_namespace, table_name FROM iceberg_tables").fetchall()
    books.close()
    assert rows == [("books", "silver", "orders")]
    assert events_of(store.changes(NAME, 1, 2)) == two
    assert store.restore(NAME, 1) == 3
    assert store.last_commit(NAME, APPLICATION) == commit(1)
    assert events_of(store.read(NAME)) == one
    assert all(str(tmp_path / "lake" / "silver" / "orders") in file for file in store.read(NAME).inputFiles())
    other = ServedCatalog("silver", {"type": "jdbc", "name": "books", "uri": "jdbc:sqlite:elsewhere"})
    with pytest.raises(TableError, match="another catalog called books"):
        registered(spark, other)
    assert store.restore(NAME, None) is None
    assert store.version(NAME) is None
