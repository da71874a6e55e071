from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tidegate.config import FrozenMapping
from tidegate.errors import SettingsError

if TYPE_CHECKING:
    from tests.config.conftest import Configuration


def test_relative_places_are_meant_from_the_folder_above_the_configuration(configuration: Configuration) -> None:
    project = str(configuration.folder.parent)
    loaded = configuration.load("landing.root=../beside", "dbt.target_path=./x")

    assert loaded.root == project
    assert loaded.storage.root == f"{project}/data/lakehouse"
    assert loaded.landing.root == f"{Path(project).parent}/beside"
    assert loaded.dbt.target_path == f"{project}/x"


def test_places_that_are_left_out_are_resolved_too(configuration: Configuration) -> None:
    project = configuration.folder.parent
    loaded = configuration.load()

    assert loaded.landing.root == f"{project}/data/landing"
    assert loaded.contracts.location == f"{project}/contracts"
    assert loaded.jobs.path == f"{project}/jobs"
    assert loaded.landing.root == f"{project}/data/landing"


@pytest.mark.parametrize("place", ["/mnt/lake", "s3://bucket/lake", "s3a://bucket/lake", "file:///mnt/lake"])
def test_absolute_places_stay(configuration: Configuration, place: str) -> None:
    assert configuration.load(f"storage.root={place}").storage.root == place


def test_the_place_of_the_configuration_may_be_relative(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(configuration.folder.parent)

    for location in ("config", "config/", "./config", f"file://{configuration.folder}"):
        assert configuration.load(location=location).root == str(configuration.folder.parent)


def test_a_layer_lives_below_the_root_unless_it_has_a_place_of_its_own(configuration: Configuration) -> None:
    configuration.write(
        storage="root: s3://bucket/lake\nlayers: {quarantine: {location: s3://other/q}, gold: {format: parquet}}"
    )
    storage = configuration.load("storage.root=s3://bucket/lake").storage

    assert storage.location_of("silver") == "s3://bucket/lake/silver"
    assert storage.location_of("quarantine") == "s3://other/q"
    assert {name: layer.format for name, layer in storage.layers.items()} == {
        "bronze": "parquet",
        "silver": "delta",
        "gold": "parquet",
        "quarantine": "parquet",
    }


def test_settings_cannot_be_changed(configuration: Configuration) -> None:
    loaded = configuration.load("spark.conf.a=1")

    with pytest.raises(ValueError, match="frozen"):
        loaded.platform = "local"  # type: ignore[misc]
    with pytest.raises(TypeError):
        loaded.spark.conf["a"] = 2  # type: ignore[index]
    assert hash(loaded) == hash(configuration.load("spark.conf.a=1"))
    assert loaded == configuration.load("spark.conf.a=1")


def test_a_frozen_mapping_is_a_mapping() -> None:
    items = {"b": 1, "a": 2}
    frozen = FrozenMapping(items)
    items["c"] = 3

    assert dict(frozen) == {"b": 1, "a": 2}
    assert list(frozen) == ["b", "a"]
    assert (frozen == FrozenMapping({"a": 2, "b": 1}), hash(frozen)) == (True, hash(FrozenMapping({"a": 2, "b": 1})))
    assert repr(frozen) == "{'b': 1, 'a': 2}"


def test_an_iceberg_catalog_has_the_root_as_its_warehouse_and_its_secrets_by_reference(
    configuration: Configuration,
) -> None:
    configuration.write(
        storage="root: s3://bucket/lake\n"
        "iceberg: {type: jdbc, uri: 'jdbc:postgresql://host/db', properties: {jdbc.password: env:BOOKS}}"
    )
    storage = configuration.load("storage.root=s3://bucket/lake").storage

    assert storage.iceberg.resolved(storage.root, {"BOOKS": "s3cret"}) == {
        "type": "jdbc",
        "name": "tidegate",
        "uri": "jdbc:postgresql://host/db",
        "warehouse": "s3://bucket/lake",
        "jdbc.password": "s3cret",
    }
    assert "s3cret" not in repr(storage)


def test_folders_as_catalog_need_no_properties(configuration: Configuration) -> None:
    storage = configuration.load().storage
    assert storage.iceberg.resolved(storage.root, {}) == {}


@pytest.mark.parametrize(
    ("iceberg", "complaint"),
    [
        ("{type: rest}", "has no address of the catalog"),
        ("{type: rest, uri: 'https://c', properties: {credential: abc}}", "must be a reference to a secret"),
    ],
)
def test_a_catalog_that_cannot_be_reached_is_refused(
    configuration: Configuration, iceberg: str, complaint: str
) -> None:
    configuration.write(storage=f"root: data\niceberg: {iceberg}")
    with pytest.raises(SettingsError, match=complaint):
        configuration.load()
