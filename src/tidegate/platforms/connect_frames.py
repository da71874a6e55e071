"""Frames of Spark Connect that know their columns once they have asked for them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tidegate.platforms.jars import spark_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

_CLIENT = "pyspark.sql.connect"
_KEPT = "_tidegate_schema"


def remember_schemas(session: SparkSession) -> None:
    """Let every frame of this process ask the server for its columns once, as frames of PySpark 4 do.

    PySpark 3.5 sends the whole plan each time that somebody looks at `schema` or `columns`, and the server analyses it
    anew, down to the tables' logs: most of what a run through Spark Connect takes. A session of another kind is left
    alone.
    """
    if not type(session).__module__.startswith(_CLIENT) or not spark_version().startswith("3."):
        return
    frames = import_module(f"{_CLIENT}.dataframe").DataFrame
    if frames.schema.fget.__module__ != __name__:
        frames.schema = _once(frames.schema.fget)


def _once(ask: Callable[[object], object]) -> property:
    """Return a property that asks once for each object."""

    def known(frame: object) -> object:
        kept = vars(frame)
        if _KEPT not in kept:
            kept[_KEPT] = ask(frame)
        return kept[_KEPT]

    return property(known)
