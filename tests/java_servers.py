"""Servers for tests that are Java programs: their jars, fetched once, and their processes."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from tidegate.platforms.jars import cache_folder, spark_version
from tidegate.platforms.java import find_java

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SECONDS_TO_START = 120

# Ivy, which comes with Spark, fetches servers as Spark fetches jars; only a document can ask for a classifier.
_DOCUMENT = """<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven">
  <info organisation="tidegate" module="server"/>
  <dependencies defaultconf="default->runtime,master">{}</dependencies>
</ivy-module>
"""


def fetched(name: str, dependencies: str) -> list[Path]:
    """Return the jars of a server; they are fetched once and kept in tidegate's cache.

    Of two processes that fetch at the same time the slower one throws its own away.

    Args:
        name: What their folder in the cache is called.
        dependencies: Ivy's `<dependency>` elements.
    """
    place = cache_folder(os.environ) / "jars" / name
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=place.parent) as made:
            wanted = Path(made, "ivy.xml")
            wanted.write_text(_DOCUMENT.format(dependencies))
            target = f"{made}/jars/[artifact]-[revision](-[classifier]).[ext]"
            options = ["-ivy", str(wanted), "-cache", f"{made}/cache", "-retrieve", target]
            run_java("org.apache.ivy.Main", spark_jars("ivy-"), *options)
            with suppress(OSError):
                Path(made, "jars").rename(place)
    return sorted(place.glob("*.jar"))


def spark_jars(*names: str) -> list[Path]:
    """Return the jars of Spark whose names begin so."""
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    return sorted(jar for jar in (Path(found.origin).parent / "jars").glob("*.jar") if jar.name.startswith(names))


def run_java(main: str, path: Sequence[Path], *arguments: str) -> None:
    """Run a Java program to its end.

    Args:
        main: Its class.
        path: Its jars and folders of settings.
        arguments: Its arguments.
    """
    subprocess.run([*_java(main, path), *arguments], check=True, capture_output=True)


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def serving(
    main: str,
    path: Sequence[Path],
    address: str,
    settings: Mapping[str, str] | None = None,
    is_ready: Callable[[bytes], bool] = bool,
    *,
    arguments: Sequence[str] = (),
    ask: Callable[[str], bytes] | None = None,
) -> Iterator[None]:
    """Hold a server that is one Java program, from when it is ready.

    Args:
        main: Its class.
        path: Its jars and folders of settings.
        address: A URL that is asked.
        settings: Its environment variables, beside those of this process.
        is_ready: Whether an answer says so.
        arguments: Its arguments.
        ask: Returns the answer of an address; over HTTP where left out.
    """
    asked = address if ask is None else partial(ask, address)
    with held([*_java(main, path), *arguments], asked, {**os.environ, **(settings or {})}, is_ready):
        yield


@contextmanager
def held(
    started: Sequence[str],
    asked: str | Callable[[], bytes],
    variables: Mapping[str, str],
    is_ready: Callable[[bytes], bool],
) -> Iterator[None]:
    """Hold a server, from when it is ready.

    Args:
        started: The command that starts it.
        asked: A URL, or what gives the answer of the server; nothing where there is none.
        variables: Its environment variables.
        is_ready: Whether an answer says so.
    """
    ask = (lambda: _answer(asked)) if isinstance(asked, str) else asked
    with subprocess.Popen(started, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(server, ask, is_ready)
            yield
        finally:
            server.kill()


def _java(main: str, path: Sequence[Path]) -> list[str]:
    java = find_java(os.environ, spark_version()) / "bin" / "java"
    options = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "--add-opens=java.base/java.lang=ALL-UNNAMED")
    return [str(java), *options, "-cp", ":".join(map(str, path)), main]


def _wait(server: subprocess.Popen[bytes], ask: Callable[[], bytes], is_ready: Callable[[bytes], bool]) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while not is_ready(ask()):
        assert server.poll() is None, "the server ended"
        if time.monotonic() > end:
            raise TimeoutError(server.args)
        time.sleep(0.2)


def _answer(address: str) -> bytes:
    """Return what a server answers; nothing where it does not."""
    try:
        with urlopen(address, timeout=10) as answer:  # noqa: S310 - our own server
            found: bytes = answer.read()
    except (URLError, ConnectionError, TimeoutError):
        return b""
    return found
