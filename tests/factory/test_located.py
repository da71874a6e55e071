"""One configuration serves every platform: addresses in S3 get the scheme that Spark has there, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import storage
from tidegate.config import load_settings
from tidegate.factory.arguments import Arguments
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.places import located
from tidegate.platforms.detection import platforms
from tidegate.storage.address import parse

if TYPE_CHECKING:
    from pathlib import Path

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
SCHEMES = st.sampled_from(["s3", "s3a", "S3", "S3A"])


@given(SCHEMES, SCHEMES.map(str.lower), KEYS)
def test_an_address_in_s3_means_the_same_in_the_other_scheme(
    given_scheme: str, scheme: Literal["s3", "s3a"], key: str
) -> None:
    uri = f"{given_scheme}://bucket/{key}"
    mapped = storage.with_s3_scheme(uri, scheme)
    assert mapped == f"{scheme}://bucket/{key}"
    assert (parse(mapped).bucket, parse(mapped).path) == (parse(uri).bucket, parse(uri).path)


@pytest.mark.parametrize("uri", ["/s3/a", "s3/a", "file:///s3a/a", "hdfs://s3/a", "gs://s3a/b", "./s3:a"])
def test_all_else_stays_as_it_is(uri: str) -> None:
    assert storage.with_s3_scheme(uri, "s3a") == uri


@pytest.fixture
def project(tmp_path: Path) -> str:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text("{}\n")
    (tmp_path / "config" / "base.yaml").write_text(
        "project: {name: shop}\nlanding: {root: s3a://in/feeds}\n"
        "storage: {root: s3://lake/x, layers: {gold: {location: s3a://gold/y}, silver: {location: /silver}}}\n"
    )
    return str(tmp_path / "config")


@pytest.mark.parametrize("scheme", ["s3", "s3a"])
def test_every_place_that_spark_sees_is_in_one_scheme(project: str, scheme: Literal["s3", "s3a"]) -> None:
    settings = located(load_settings(project, "local", environ={}), scheme)
    assert settings.storage.root == f"{scheme}://lake/x"
    assert settings.storage.location_of("bronze") == f"{scheme}://lake/x/bronze"
    assert settings.storage.location_of("gold") == f"{scheme}://gold/y"
    assert settings.storage.location_of("silver") == "/silver"
    assert settings.landing.root == f"{scheme}://in/feeds"


@pytest.mark.parametrize("name", [platform.name for platform in platforms({})])
def test_the_platform_decides_which(project: str, name: str) -> None:
    lakehouse = Lakehouse.open(Arguments(config=project, platform=name), environ={})
    amazon = name in {"databricks", "emr", "emr-serverless", "glue"}
    assert lakehouse.settings.storage.root == ("s3://lake/x" if amazon else "s3a://lake/x")
