"""Iceberg tables registered in PostgreSQL, by REST and in Glue: real servers, told of by storage.yaml alone."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from moto.server import ThreadedMotoServer
from tests.conformance.reference import Event
from tests.iceberg_rest import iceberg_rest
from tests.postgres import postgres
from tests.tables.batches import UPSERT, commit, entity_batch, events_of

from tidegate.config import load_settings
from tidegate.errors import ConcurrentWriteError
from tidegate.factory.places import table_places
from tidegate.model.evolution import Terms
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, plain
from tidegate.tables.iceberg import IcebergStore
from tidegate.tables.iceberg_catalogs import ServedCatalog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from tidegate.tables.port import TableStore

pytestmark = [pytest.mark.spark, pytest.mark.integration]

NAME = TableName("silver", "orders")
APPLICATION = commit(1).token.application
PROJECT = Path(__file__).parents[2] / "config"
ENVIRON = {"CATALOG_PASSWORD": "tide & gate", "AWS_SECRET": "tests"}

STORAGE = """
root: {lake}
layers:
  silver:
    format: iceberg
    evolution: permissive
iceberg:
"""
POSTGRES = """
  type: jdbc
  name: postgres
  uri: {address}
  properties:
    jdbc.user: tester
    jdbc.password: env:CATALOG_PASSWORD
"""
REST = """
  type: rest
  name: rest
  uri: {address}
"""
GLUE = """
  type: glue
  name: glue
  properties:
    glue.endpoint: {address}
    glue.region: eu-central-1
    glue.access-key-id: tests
    glue.secret-access-key: env:AWS_SECRET
    client.region: eu-central-1
    io-impl: org.apache.iceberg.hadoop.HadoopFileIO
"""


@pytest.fixture(params=["jdbc", "rest", "glue"])
def store(request: pytest.FixtureRequest, spark: SparkSession, tmp_path: Path) -> Iterator[TableStore]:
    """Return the store that the project has once its `storage.yaml` says so, and nothing else."""
    lake = tmp_path / "lake"
    if request.param == "jdbc":
        with postgres() as server:
            yield opened(spark, tmp_path, lake, POSTGRES.format(address=server.url))
    elif request.param == "rest":
        with iceberg_rest(lake) as address:
            yield opened(spark, tmp_path, lake, REST.format(address=address))
    else:
        with glue(spark, request.getfixturevalue("monkeypatch")) as address:
            yield opened(spark, tmp_path, lake, GLUE.format(address=address))


@contextmanager
def glue(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Hold moto's Glue, and let the session's clients of AWS sign what they send."""
    assert spark._jvm is not None
    system = spark._jvm.java.lang.System
    keys = {"aws.accessKeyId": "tests", "aws.secretAccessKey": "tests", "aws.region": "eu-central-1"}
    for key, value in keys.items():
        system.setProperty(key, value)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)  # the server speaks plain HTTP
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()
        for key in keys:
            system.clearProperty(key)


def opened(spark: SparkSession, folder: Path, lake: Path, catalog: str) -> TableStore:
    shutil.copytree(PROJECT, folder / "config")
    (folder / "config" / "storage.yaml").write_text(STORAGE.format(lake=lake) + catalog)
    settings = load_settings(str(folder / "config"), "local", environ={})
    return Catalog(table_places(settings.storage, ENVIRON), lambda: spark).store(NAME)


def test_a_served_table_is_created_appended_to_merged_read_and_restored(spark: SparkSession, store: TableStore) -> None:
    told = ((1, "A", "n"), (1, "B", "s"), (2, "C", "n"))
    one, two, three = ([Event((1, region), at, text, None)] for at, text, region in told)
    assert store.version(NAME) is None
    for number, events in enumerate((one, two, three), start=1):
        published = store.publish(entity_batch(spark, NAME, UPSERT, events), commit(number))
    assert (published.version_after, published.inserted, published.updated) == (3, 0, 1)
    assert store.publish(entity_batch(spark, NAME, UPSERT, three), commit(3)).version_after == 3, "taken once"
    assert set(events_of(store.read(NAME))) == {*two, *three}
    assert events_of(store.changes(NAME, 2, 3)) == three

    def session() -> SparkSession:
        raise AssertionError("Spark was asked")

    tables = plain(store)
    assert isinstance(tables, IcebergStore)
    assert isinstance(tables._catalog, ServedCatalog)
    catalog = {**tables._catalog._properties, "name": tables._catalog.name}
    calm = IcebergStore(tables._root, session, layer="silver", catalog=catalog)
    assert calm.version(NAME) == 3
    assert calm.last_commit(NAME, APPLICATION) == commit(3)
    assert calm.pending(NAME, 2).rows == 1
    assert [version.commit for version in calm.history(NAME)] == [commit(1), commit(2), commit(3)]

    with pytest.raises(ConcurrentWriteError):
        tables._catalog.set_current(NAME, tables._known(NAME).entry(1).snapshot_id, expected=0)
    assert store.restore(NAME, 2) == 4
    assert set(events_of(store.read(NAME))) == {*one, *two}
    assert calm.last_commit(NAME, APPLICATION) == commit(2)
    wider = entity_batch(spark, NAME, UPSERT, three)
    wider = replace(wider, rows=wider.rows.withColumn("b", wider.rows["b"].cast("bigint")), terms=Terms("permissive"))
    assert store.publish(wider, commit(3)).version_after == 5
    assert dict(store.read(NAME).dtypes)["b"] == "bigint"
    assert store.restore(NAME, None) is None
    assert store.version(NAME) is None
