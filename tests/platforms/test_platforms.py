"""The platform is chosen by name or by signs; Java and jars are found without starting anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.errors import PlatformError
from tidegate.platforms.conf import static_conf
from tidegate.platforms.detection import choose_platform
from tidegate.platforms.jars import (
    Jars,
    cache_folder,
    delta_package,
    iceberg_package,
    jars_for,
    kafka_package,
    spark_version,
)
from tidegate.platforms.java import find_java
from tidegate.platforms.port import SessionRequest

if TYPE_CHECKING:
    from pathlib import Path


def java_home(root: Path, version: str) -> Path:
    root.mkdir(parents=True)
    (root / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    (root / "bin").mkdir()
    (root / "bin" / "java").write_text("")
    (root / "bin" / "java").chmod(0o755)
    return root


@pytest.mark.parametrize(
    ("environ", "name", "chosen"),
    [
        ({}, None, "local"),
        ({}, "auto", "local"),
        ({"PYSPARK_GATEWAY_PORT": "1"}, None, "spark-submit"),
        ({"PYSPARK_GATEWAY_PORT": "1", "TIDEGATE_PLATFORM": "local"}, None, "local"),
        ({"TIDEGATE_PLATFORM": "local"}, "spark-submit", "spark-submit"),
    ],
)
def test_the_option_wins_over_the_variable_and_that_over_the_signs(
    environ: dict[str, str], name: str | None, chosen: str
) -> None:
    assert choose_platform(environ, name).name == chosen


def test_an_unknown_platform_lists_those_there_are() -> None:
    with pytest.raises(PlatformError, match="kubernetes, spark-submit, local"):
        choose_platform({}, "mainframe")


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    home, other = java_home(tmp_path / "a", "17.0.1"), java_home(tmp_path / "b", "17.0.2")
    assert find_java({"JAVA_HOME": str(home), "PATH": str(other / "bin")}, "3.5.7") == home
    assert find_java({"PATH": str(other / "bin")}, "3.5.7") == other


@pytest.mark.parametrize(
    ("spark", "java", "fits"), [("3.5.7", "21", False), ("4.1.0", "21", True), ("3.5.7", "1.8.0", False)]
)
def test_a_java_that_spark_does_not_run_on_is_passed_over(tmp_path: Path, spark: str, java: str, fits: bool) -> None:
    wrong, right = java_home(tmp_path / "wrong", java), java_home(tmp_path / "right", "17.0.9")
    found = find_java({"JAVA_HOME": str(wrong), "PATH": str(right / "bin")}, spark)
    assert found == (wrong if fits else right)


def test_without_any_java_the_error_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PlatformError, match=r"tidegate\[java\]"):
        find_java({"PATH": str(tmp_path)}, "3.5.7")


@pytest.mark.parametrize(
    ("spark", "artifact"),
    [("3.5.6", "delta-spark_2.12:3."), ("4.0.1", "delta-spark_2.13:4."), ("4.1.1", "delta-spark_4.1_2.13:4.")],
)
def test_the_delta_artifact_follows_the_spark_line(spark: str, artifact: str) -> None:
    assert delta_package(spark).startswith(f"io.delta:{artifact}")


def test_an_unsupported_spark_is_refused() -> None:
    with pytest.raises(PlatformError, match=r"3\.5"):
        delta_package("2.4.8")


def test_jars_that_were_resolved_once_need_no_network(tmp_path: Path) -> None:
    jars = Jars(("io.delta:delta-spark_2.12:3.3.3",), tmp_path)
    assert "spark.jars.packages" in jars.conf()
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "delta.jar").write_text("")
    assert "spark.jars.packages" in jars.conf(), "a resolution that did not end is not trusted"
    jars.keep()
    assert jars.conf() == {"spark.jars": str(tmp_path / "jars" / "delta.jar")}


def test_the_cache_may_be_moved(tmp_path: Path) -> None:
    assert cache_folder({"TIDEGATE_CACHE": str(tmp_path)}) == tmp_path
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "tidegate"


def test_delta_keeps_the_extensions_that_the_user_asked_for() -> None:
    request = SessionRequest("t", {"spark.sql.extensions": "a.B"}, frozenset({"delta"}))
    assert static_conf(request)["spark.sql.extensions"] == "a.B,io.delta.sql.DeltaSparkSessionExtension"


def test_a_run_without_delta_asks_for_nothing_static() -> None:
    assert static_conf(SessionRequest("t", {}, frozenset({"parquet"}))) == {}


@pytest.mark.parametrize(
    ("spark", "package"),
    [
        ("3.5.7", "org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.1"),
        ("4.1.3", "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0"),
    ],
)
def test_the_iceberg_artifact_follows_the_spark_line(spark: str, package: str) -> None:
    assert iceberg_package(spark) == package


@pytest.mark.parametrize(
    ("spark", "package"),
    [
        ("3.5.6-amzn-1", "org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.6"),
        ("4.1.1", "org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1"),
    ],
)
def test_the_connector_of_kafka_is_that_of_the_very_spark(spark: str, package: str) -> None:
    assert kafka_package(spark) == package


def test_what_is_asked_for_twice_is_fetched_once(tmp_path: Path) -> None:
    kafka = kafka_package(spark_version())
    assert jars_for(frozenset({"kafka"}), {"TIDEGATE_CACHE": str(tmp_path)}, (kafka,)).coordinates == (kafka,)


def test_only_the_jars_of_the_formats_in_use_are_fetched(tmp_path: Path) -> None:
    environ = {"TIDEGATE_CACHE": str(tmp_path)}
    assert jars_for(frozenset({"parquet"}), environ).coordinates == ()
    (iceberg,) = jars_for(frozenset({"iceberg"}), environ).coordinates
    assert "iceberg-spark-runtime" in iceberg
    assert len(jars_for(frozenset({"delta", "iceberg"}), environ).coordinates) == 2


def test_delta_and_iceberg_extend_one_session_side_by_side() -> None:
    conf = static_conf(SessionRequest("t", {}, frozenset({"delta", "iceberg"})))
    assert conf["spark.sql.extensions"] == (
        "io.delta.sql.DeltaSparkSessionExtension,org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
    )
    assert conf["spark.sql.catalog.spark_catalog"] == "org.apache.spark.sql.delta.catalog.DeltaCatalog"
