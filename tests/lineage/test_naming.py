"""Datasets are named as OpenLineage names them, and no name, address or text carries credentials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.lineage.naming import dataset_name, without_secrets

naming = pytest.importorskip("openlineage.client.naming.dataset")

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
SECRETS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ+/", min_size=4, max_size=20).map(lambda text: f"S3CR3T{text}")


def named(location: str) -> tuple[str, str]:
    name = dataset_name(location, table="silver.orders", namespace="prod")
    return name.namespace, name.name


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/lake/silver/orders", ("file", "/lake/silver/orders")),
        ("/lake/silver/orders/", ("file", "/lake/silver/orders")),
        ("/lake/a b/#1?", ("file", "/lake/a b/#1?")),
        ("file:///lake/silver/orders", ("file", "/lake/silver/orders")),
        ("file:/lake/silver/orders", ("file", "/lake/silver/orders")),
        ("file://localhost/lake/orders", ("file", "/lake/orders")),
        ("s3://bucket/silver/orders", ("s3://bucket", "silver/orders")),
        ("s3a://bucket/silver/orders/", ("s3://bucket", "silver/orders")),
        ("s3a://bucket", ("s3://bucket", "/")),
        ("gs://bucket/silver/orders", ("gs://bucket", "silver/orders")),
        ("hdfs://namenode:8020/silver/orders", ("hdfs://namenode:8020", "/silver/orders")),
        (
            "abfss://lake@account.dfs.core.windows.net/silver",
            ("abfss://lake@account.dfs.core.windows.net", "silver"),
        ),
        ("kafka://broker:9092/orders", ("kafka://broker:9092", "orders")),
        ("dbfs:/mnt/silver/orders", ("dbfs", "/mnt/silver/orders")),
        ("", ("prod", "silver.orders")),
    ],
)
def test_a_location_has_the_name_that_other_producers_give_it(location: str, expected: tuple[str, str]) -> None:
    assert named(location) == expected


def test_the_names_are_those_of_the_official_client() -> None:
    for location, official in [
        ("/lake/orders", naming.LocalFileSystem("/lake/orders")),
        ("s3://bucket/silver/orders", naming.S3("bucket", "silver/orders")),
        ("gs://bucket/silver/orders", naming.GCS("bucket", "silver/orders")),
        ("kafka://host:9092/orders", naming.Kafka("host", "9092", "orders")),
        ("hdfs://host:8020/silver", naming.HDFS("host", "8020", "/silver")),
    ]:
        assert named(location) == (official.get_namespace(), official.get_name())


@given(st.sampled_from(["s3", "s3a", "gs", "hdfs", "abfss", "wasbs", "http", "ftp"]), WORDS, SECRETS, WORDS, WORDS)
def test_no_credentials_are_in_a_name_or_an_address(scheme: str, user: str, secret: str, host: str, path: str) -> None:
    for location in (
        f"{scheme}://{user}:{secret}@{host}/{path}",
        f"{scheme}://{host}/{path}?token={secret}",
        f"{scheme}://{host}/{path};password={secret}",
    ):
        name = dataset_name(location, table="t", namespace="n")
        assert secret not in name.uri + name.name + name.namespace
        assert path in name.name
        assert host in name.namespace


@given(WORDS, SECRETS, WORDS)
def test_no_credentials_are_in_a_text(user: str, secret: str, host: str) -> None:
    shown = without_secrets(
        f"cannot read s3a://{user}:{secret}@{host}/x, jdbc:postgresql://{host}/db?user=u&password={secret} "
        f"fs.s3a.secret.key={secret} https://{host}/x?X-Amz-Signature={secret}"
    )
    assert secret not in shown
    assert host in shown


@pytest.mark.parametrize(
    "text",
    ["3 rows", "abfss://lake@account.dfs.core.windows.net/x", "where: silver.orders", "a@b.example", "s3://bucket/a@b"],
)
def test_a_text_without_credentials_stays_as_it_is(text: str) -> None:
    assert without_secrets(text) == text
