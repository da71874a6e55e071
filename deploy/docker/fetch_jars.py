"""Put jars into an image: those of table formats into tidegate's cache, those of S3 and PostgreSQL into Spark's."""

import os
import shutil
from pathlib import Path

import pyspark

from tidegate.platforms.jars import jars_for, spark_version

# What the formats of a project may be: each set is a folder of the cache.
FORMATS = ({"delta"}, {"iceberg"}, {"delta", "iceberg"})

# Spark finds these in every session, whatever its settings. hadoop-aws goes with the Hadoop that this pyspark brings.
HADOOP = {"3.5": "3.3.4", "4.0": "3.4.1", "4.1": "3.4.2"}
POSTGRESQL = "org.postgresql:postgresql:42.7.14"


def main(folder: Path) -> None:
    """Fetch the jars, once, while the image is built.

    Args:
        folder: Spark's own jars.
    """
    line = ".".join(spark_version().split(".")[:2])
    for formats in FORMATS:
        jars = jars_for(frozenset(formats), os.environ)
        jars.fetch({})
        shutil.rmtree(jars.folder / "cache")  # Ivy's own copies
    common = jars_for(frozenset(), os.environ, (f"org.apache.hadoop:hadoop-aws:{HADOOP[line]}", POSTGRESQL))
    common.fetch({})
    put(common.folder / "jars", folder)
    shutil.rmtree(common.folder)


def put(jars: Path, folder: Path) -> None:
    """Move jars beside Spark's own. Ivy calls a jar organisation_name; one that Spark brings itself stays as it is.

    Args:
        jars: Where Ivy has put them.
        folder: Spark's own jars.
    """
    for jar in sorted(jars.glob("*.jar")):
        name = jar.name.partition("_")[2]
        if not (folder / name).exists():
            shutil.move(jar, folder / name)


if __name__ == "__main__":
    main(Path(pyspark.__file__).parent / "jars")
