"""Spark outside of the process of the tests: a standalone cluster, and a server of Spark Connect."""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tests.java_servers import free_port, held

from tidegate.platforms.conf import static_conf
from tidegate.platforms.jars import jars_for, spark_version
from tidegate.platforms.java import find_java
from tidegate.platforms.port import SessionRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DEPLOY = "org.apache.spark.deploy"
_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # halves what a Java of few minutes costs
_SMALL = {
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.driver.defaultJavaOptions": SHORT_LIVED,
    "spark.driver.memory": "1g",
    "spark.executor.defaultJavaOptions": SHORT_LIVED,
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
}
WORKERS = 2


def python_without(package: str, folder: Path) -> Path:
    """Return a Python that is this one, but cannot import a package: as executors have it, to which nobody gave it.

    Args:
        package: The package.
        folder: An empty folder.
    """
    hiding = folder / "hiding"
    (hiding / package).mkdir(parents=True)
    (hiding / package / "__init__.py").write_text(f"raise ModuleNotFoundError('executors have no {package}')\n")
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{hiding}:$PYTHONPATH" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return python


@contextmanager
def standalone_cluster(folder: Path) -> Iterator[str]:
    """Hold a master and two workers, each a process, and yield the master's address.

    Args:
        folder: An empty folder for what the workers write.
    """
    port, web = free_port(), free_port()
    address = f"spark://127.0.0.1:{port}"
    state = f"http://127.0.0.1:{web}/json/"
    start, host = str(_home() / "bin" / "spark-class"), ("--host", "127.0.0.1")
    variables = {**_variables(), "SPARK_DAEMON_MEMORY": "512m"}

    def alive(told: bytes) -> int:
        return int(json.loads(told)["aliveworkers"]) if told else -1

    with ExitStack() as stack:
        master = (start, f"{_DEPLOY}.master.Master", *host, "--port", str(port), "--webui-port", str(web))
        stack.enter_context(held(master, state, variables, lambda told: alive(told) >= 0))
        for number in range(1, WORKERS + 1):
            size = ("--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", f"{folder}/worker{number}")
            worker = (start, f"{_DEPLOY}.worker.Worker", *host, *size, address)
            stack.enter_context(held(worker, state, variables, lambda told, wanted=number: alive(told) >= wanted))  # type: ignore[misc]
        yield address


def submit(master: str) -> list[str]:
    """Return the command that submits a Python driver with Delta to a cluster, all but the script."""
    formats = frozenset({"delta"})
    jars = jars_for(formats, os.environ)
    jars.fetch({})
    settings = {**_SMALL, **static_conf(SessionRequest("tests", formats=formats)), **jars.conf()}
    settings |= {"spark.executor.memory": "768m", "spark.driver.host": "127.0.0.1"}
    return [str(_home() / "bin" / "spark-submit"), "--master", master, *_options(settings)]


@contextmanager
def connect_server(folder: Path, formats: frozenset[str], python: Path) -> Iterator[str]:
    """Hold a server of Spark Connect on two cores, and yield its address, `sc://127.0.0.1:<port>`.

    Its jars are resolved as those of a session are, and kept where those are.

    Args:
        folder: An empty folder for what the server writes.
        formats: Table formats that it knows.
        python: The Python that it runs functions of a client with.
    """
    port = free_port()
    line = spark_version()
    extra = (f"org.apache.spark:spark-connect_2.12:{line}",) if line.startswith("3.") else ()
    jars = jars_for(formats, os.environ, extra)
    settings = {
        **_SMALL,
        **static_conf(SessionRequest("tests", formats=formats)),
        "spark.connect.grpc.binding.port": str(port),
        "spark.local.dir": f"{folder}/scratch",
        "spark.master": "local[2]",
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
    }
    jars.fetch(settings)
    settings |= jars.conf()
    server = [str(_home() / "bin" / "spark-submit"), *_options(settings), "--class", _CONNECT, "spark-internal"]
    variables = {**_variables(), "PYSPARK_PYTHON": str(python)}
    with held(server, lambda: _listens(port), variables, bool):
        yield f"sc://127.0.0.1:{port}"


def _options(settings: Mapping[str, str]) -> list[str]:
    return [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]


def _variables() -> dict[str, str]:
    java = find_java(os.environ, spark_version())
    return {**os.environ, "JAVA_HOME": str(java), "SPARK_HOME": str(_home()), "SPARK_LOCAL_IP": "127.0.0.1"}


def _home() -> Path:
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def _listens(port: int) -> bytes:
    with socket.socket() as client:
        return b"yes" if client.connect_ex(("127.0.0.1", port)) == 0 else b""
