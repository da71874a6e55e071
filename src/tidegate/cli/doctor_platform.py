"""What `tidegate doctor` asks of a platform, and of the places where tables are."""

from __future__ import annotations

import os
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tidegate.errors import PlatformError

if TYPE_CHECKING:
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.platforms.port import Platform

_STARTED_HERE = frozenset({"local", "kubernetes"})
_MOST_SECONDS = 60  # S3 refuses what is signed 15 minutes off; a watermark of files is wrong long before


def named_platform(name: str | None) -> Platform | None:
    """Return the platform that was asked about, if it is not the one where this runs.

    Raises:
        PlatformError: There is no platform of that name.
    """
    if name is None or name == "auto":
        return None
    from tidegate.platforms.detection import platform_here, platform_named  # noqa: PLC0415 - not needed for --help
    from tidegate.platforms.port import Machine  # noqa: PLC0415

    machine = Machine(os.environ)
    asked = platform_named(name, os.environ)
    is_another = asked.name != platform_here(machine).name and not asked.signs(machine)
    return asked if is_another else None


def starts_spark(platform: Platform) -> bool:
    """Return whether tidegate finds Java and jars itself on a platform."""
    return platform.name in _STARTED_HERE


def platform_found(platform: Platform) -> str:
    """Return what the machine shows of its platform."""
    from tidegate.platforms.port import Machine  # noqa: PLC0415 - not needed for --help

    signs = platform.signs(Machine(os.environ))
    return f"{platform.name}: {' and '.join(signs)}" if signs else f"{platform.name}, of which this machine has no sign"


def is_client(platform: Platform) -> bool:
    """Return whether Spark is a server elsewhere, which is named here."""
    return platform.name == "spark-connect" and bool(os.environ.get("SPARK_REMOTE"))


def server_answers() -> str:
    """Return that the server of Spark Connect that is named here answers.

    Raises:
        PlatformError: It does not.
    """
    from tidegate.platforms.connect_server import check_server  # noqa: PLC0415 - not needed for --help

    check_server(os.environ)
    return "Spark Connect answers"


def platform_brings(platform: Platform) -> str:
    """Return the releases of a platform that are supported, and the versions that they bring."""
    from tidegate.platforms.support import RELEASES  # noqa: PLC0415 - not needed for --help

    rows = [
        f"{row.release} (Spark {row.spark}, Python {row.python}, Java {row.java}, Delta {row.delta}"
        f"{', Iceberg ' + row.iceberg if row.iceberg else ''})"
        for row in RELEASES
        if row.platform == platform.name
    ]
    return "; ".join(rows) or "what the machine or the image has"


def platform_wants(platform: Platform, lakehouse: Lakehouse) -> str:
    """Return the exact parameters that a job needs on a platform for the formats of this configuration."""
    from tidegate.platforms.conf import static_conf  # noqa: PLC0415 - not needed for --help
    from tidegate.platforms.jars import format_packages  # noqa: PLC0415
    from tidegate.platforms.support import RELEASES  # noqa: PLC0415

    request = lakehouse.needs()
    formats = request.formats - platform.own_formats
    settings = static_conf(type(request)(request.application, request.conf, formats))
    release = next((row.spark for row in RELEASES if row.platform == platform.name), None)
    packages = format_packages(release or _installed())
    steps = [platform.advice.jars(name, packages[name]) for name in sorted(formats & packages.keys())]
    steps += [platform.advice.settings(settings)] if settings else []
    return "; ".join(steps) or "nothing: the platform has all that the formats need"


def layer_writes(lakehouse: Lakehouse, layer: str) -> str:
    """Write, read and remove a small file in the folder of a layer.

    Raises:
        StorageError: One of the three is not permitted, or the folder cannot be reached.
        PlatformError: This machine's clock is off from the store's.
    """
    from tidegate import storage  # noqa: PLC0415 - not needed for --help

    location = lakehouse.settings.storage.location_of(layer)  # type: ignore[arg-type] # the settings' own names
    probe = storage.join(location, "_tidegate", "doctor", f"{uuid.uuid4()}.txt")
    before = datetime.now(timezone.utc)
    storage.write_new(probe, b"tidegate")
    try:
        storage.read_bytes(probe)
        written = next(iter(storage.list_files(probe, recursive=False))).modified_at
    finally:
        storage.delete(probe)
    off = abs((written - before).total_seconds())
    if off > _MOST_SECONDS:
        raise PlatformError(
            f"this machine's clock is {off:.0f} seconds off from the store's",
            where=location,
            hint="let the machine take its time from the network (chrony, or the host's own service)",
        )
    turns = "; drivers take turns at its tables" if _takes_turns(lakehouse, layer) else ""
    return f"{location} can be written and read; the clock is right{turns}"


def _takes_turns(lakehouse: Lakehouse, layer: str) -> bool:
    from tidegate.factory.places import exclusive_formats, table_places  # noqa: PLC0415 - not needed for --help

    exclusive = exclusive_formats(lakehouse.settings, lakehouse.platform)
    places = {
        str(name): place
        for name, place in table_places(lakehouse.settings.storage, lakehouse.environ, exclusive).items()
    }
    return places[layer].takes_turns


def catalog_answers(lakehouse: Lakehouse, layer: str) -> str:
    """Ask the Iceberg catalog of a layer for a table, without Spark; that there is none is an answer.

    Raises:
        TableError: The catalog cannot be reached.
        MissingExtraError: pyiceberg is not installed.
    """
    from tidegate.model.names import TableName  # noqa: PLC0415 - not needed for --help

    table = TableName(layer, "tidegate_doctor")
    lakehouse.tables.store(table).version(table)
    return f"{lakehouse.settings.storage.iceberg.type} answers"


def _installed() -> str:
    from tidegate.platforms.jars import spark_version  # noqa: PLC0415 - not needed for --help

    return spark_version()
