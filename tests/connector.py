"""Spark's own connector of Kafka."""

from __future__ import annotations

import os

from tidegate.platforms.jars import Jars, cache_folder, kafka_package, spark_version

# Not all mirrors have the whole connector of every release; one of the same minor release does as well.
_INSTEAD = {"4.1.3": "4.1.1"}


def connector() -> str:
    """Return its jars, fetched as a session's are, separated by commas."""
    package = kafka_package(_INSTEAD.get(spark_version(), spark_version()))
    jars = Jars((package,), cache_folder(os.environ) / "jars" / package.partition(":")[2].replace(":", "-"))
    jars.fetch({})
    return jars.conf()["spark.jars"]
