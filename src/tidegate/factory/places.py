"""Where tables are and how databases and APIs are reached, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.config.frozen import FrozenMapping
from tidegate.errors import ConfigError
from tidegate.platforms.jars import KAFKA
from tidegate.storage import is_s3, with_s3_scheme
from tidegate.tables.catalog import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.config import Settings
    from tidegate.config.sections.connections import AnyConnectionSettings
    from tidegate.config.sections.storage import StorageSettings
    from tidegate.model.connections import AnyConnection
    from tidegate.platforms.port import Platform, S3Scheme

_LOG_STORES = ("spark.delta.logStore.", "spark.databricks.delta.logStore")


def located(settings: Settings, s3_scheme: S3Scheme) -> Settings:
    """Return the settings with every place that Spark reads or writes in the scheme that Spark has for S3 there.

    tidegate itself takes `s3://` and `s3a://` alike, so the configuration is the same on every platform.
    """
    layers = {
        name: layer.model_copy(update={"location": with_s3_scheme(layer.location, s3_scheme)})
        for name, layer in settings.storage.layers.items()
        if layer.location
    }
    tables = {
        "root": with_s3_scheme(settings.storage.root, s3_scheme),
        "layers": FrozenMapping({**settings.storage.layers, **layers}),
    }
    landing = {"root": with_s3_scheme(settings.landing.root, s3_scheme)}
    return settings.model_copy(
        update={
            "storage": settings.storage.model_copy(update=tables),
            "landing": settings.landing.model_copy(update=landing),
        }
    )


def table_places(
    storage: StorageSettings, environ: Mapping[str, str], exclusive: frozenset[str] = frozenset()
) -> dict[str, Place]:
    """Return, per layer, where its tables are.

    Args:
        storage: The settings.
        environ: Environment variables, for references to secrets.
        exclusive: Formats whose drivers commit one after the other in S3, whatever tidegate does.

    Raises:
        ConfigError: A secret of the Iceberg catalog cannot be read.
    """
    catalog = storage.iceberg.resolved(storage.root, environ)
    return {
        name: Place(
            layer.format,
            storage.location_of(name),
            catalog if layer.format == "iceberg" else {},
            layer.evolution or storage.evolution,
            takes_turns=layer.format not in {"memory", "parquet", *exclusive, *({"iceberg"} if catalog else ())}
            and is_s3(storage.location_of(name)),
        )
        for name, layer in storage.layers.items()
    }


def exclusive_formats(settings: Settings, platform: Platform) -> frozenset[str]:
    """Return the formats of tables whose drivers need no turns in S3: the platform's, and Delta with a log store.

    A log store is one that excludes others itself, as by DynamoDB, and is named in Spark's settings.
    """
    has_store = any(key.startswith(_LOG_STORES) for key in settings.spark.conf)
    return platform.own_formats - {KAFKA} | ({"delta"} if has_store else frozenset())


def connection_of(
    connections: Mapping[str, AnyConnectionSettings], name: str, environ: Mapping[str, str]
) -> AnyConnection:
    """Return how a database or an API is reached, its secrets read.

    Raises:
        ConfigError: There is no connection of that name, or a secret cannot be read.
    """
    if name not in connections:
        raise ConfigError(
            f"there is no connection {name}",
            where="connections",
            hint=f"add it to the settings; there are: {', '.join(connections) or 'none'}",
        )
    return connections[name].resolved(name, environ)
