"""Where tables are and how databases and APIs are reached, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.config.frozen import FrozenMapping
from tidegate.errors import ConfigError
from tidegate.storage import with_s3_scheme
from tidegate.tables.catalog import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.config import Settings
    from tidegate.config.sections.connections import AnyConnectionSettings
    from tidegate.config.sections.storage import StorageSettings
    from tidegate.model.connections import AnyConnection
    from tidegate.platforms.port import S3Scheme


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


def table_places(storage: StorageSettings, environ: Mapping[str, str]) -> dict[str, Place]:
    """Return, per layer, where its tables are.

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
        )
        for name, layer in storage.layers.items()
    }


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
