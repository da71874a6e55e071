"""Apache Iceberg's own REST catalog for tests, on a free port, with its tables in a database in memory."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from tidegate.platforms.jars import cache_folder, spark_version
from tidegate.platforms.java import find_java

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "1.10.1"
SECONDS_TO_START = 120

# Ivy, which comes with Spark, fetches the server as Spark fetches jars; only a document can ask for a classifier.
_WANTED = f"""<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven">
  <info organisation="tidegate" module="iceberg-rest"/>
  <dependencies defaultconf="default->runtime,master">
    <dependency org="org.apache.iceberg" name="iceberg-open-api" rev="{VERSION}" conf="default->master">
      <artifact name="iceberg-open-api" type="jar" ext="jar" m:classifier="test-fixtures"/>
    </dependency>
    <dependency org="org.apache.iceberg" name="iceberg-core" rev="{VERSION}">
      <artifact name="iceberg-core" type="jar" ext="jar"/>
      <artifact name="iceberg-core" type="jar" ext="jar" m:classifier="tests"/>
    </dependency>
    <dependency org="org.eclipse.jetty" name="jetty-servlet" rev="11.0.26"/>
    <dependency org="org.xerial" name="sqlite-jdbc" rev="3.50.3.0"/>
  </dependencies>
</ivy-module>
"""


@contextmanager
def iceberg_rest(warehouse: Path) -> Iterator[str]:
    """Hold a server whose tables lie below a folder, and yield its address."""
    java = str(find_java(os.environ, spark_version()) / "bin" / "java")
    jars = [*_fetched(java).glob("*.jar"), *_spark_jars("hadoop-client-", "log4j-", "commons-logging")]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "CATALOG_CATALOG__IMPL": "org.apache.iceberg.jdbc.JdbcCatalog",
        "CATALOG_JDBC_SCHEMA__VERSION": "V1",
        "CATALOG_REST_PORT": str(port),
        "CATALOG_URI": "jdbc:sqlite:file::memory:",
        "CATALOG_WAREHOUSE": str(warehouse),
    }
    command = [
        java,
        "-XX:TieredStopAtLevel=1",
        "-cp",
        ":".join(map(str, jars)),
        "org.apache.iceberg.rest.RESTCatalogServer",
    ]
    with subprocess.Popen(
        command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait(server, f"http://127.0.0.1:{port}/v1/config")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def _fetched(java: str) -> Path:
    """Return the folder of the server's jars; they are fetched once and kept in tidegate's cache.

    Of two processes that fetch at the same time the slower one throws its own away.
    """
    place = cache_folder(os.environ) / "jars" / f"iceberg-rest-server-{VERSION}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=place.parent) as made:
            wanted = Path(made, "ivy.xml")
            wanted.write_text(_WANTED)
            (ivy,) = _spark_jars("ivy-")
            target = f"{made}/jars/[artifact]-[revision](-[classifier]).[ext]"
            options = ["-ivy", str(wanted), "-cache", f"{made}/cache", "-retrieve", target]
            subprocess.run([java, "-cp", str(ivy), "org.apache.ivy.Main", *options], check=True, capture_output=True)
            with suppress(OSError):
                Path(made, "jars").rename(place)
    return place


def _spark_jars(*names: str) -> list[Path]:
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    return sorted(jar for jar in (Path(found.origin).parent / "jars").glob("*.jar") if jar.name.startswith(names))


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        assert server.poll() is None, "the server ended"
        try:
            with urlopen(address, timeout=10):  # noqa: S310 - our own server
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise TimeoutError(address)
