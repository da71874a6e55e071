"""Runs what services were asked for on a stand-in for their machines: `python machines.py SPEC RESULT`.

Recorded are the variables, files and arguments of each service. All else is real: the release and its script in S3, the
settings that the request asks for, Java, Spark, dbt and the tables. The specification is a JSON document: `image`,
settings of Spark that stand for what any machine has in its image; `lives`, per name the `landing` zone, the `manifest`
of the release, the `overrides` of its settings, and `days`: the `folder` with all that has landed up to then, and the
`machine`. The result is another one, of each life: what `days.py` writes of it, and the platforms of the days.
"""

from __future__ import annotations

import io
import json
import os
import runpy
import sys
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from pyspark import SparkContext
from pyspark.sql import SparkSession
from tests.parity.days import arrive, what_there_is

from tidegate import storage
from tidegate.factory.arguments import Arguments
from tidegate.factory.lakehouse import Lakehouse
from tidegate.platforms.port import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


@dataclass(frozen=True)
class There:
    """A machine of a service, and what it was asked to run.

    Attributes:
        environ: Variables that the service sets.
        files: Files that its machines have.
        conf: Settings of Spark that the service was asked to start with.
        is_started: Whether the session is there before the script begins, and stays when it has ended.
        script: Address of the script.
        argv: The arguments as the script gets them.
    """

    environ: Mapping[str, str]
    files: Sequence[str]
    conf: Mapping[str, str]
    is_started: bool
    script: str
    argv: Sequence[str]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be on that machine; a session that is the service's must be there until it is left."""
        with patch.dict(os.environ, self.environ), patch.object(Machine, "files", self._files()), given(self.conf):
            session = SparkSession.builder.getOrCreate() if self.is_started else None
            yield
            if session is not None:
                assert session.range(1).count() == 1, "the session is the service's, and nobody else stops it"
                session.stop()

    def run(self, folder: Path) -> object:
        """Run the script, and return the document that it printed; whatever it raises, be it an exit, ends all."""
        script = folder / "script.py"
        script.write_bytes(storage.read_bytes(self.script))
        printed = io.StringIO()
        with patch.object(sys, "argv", [str(script), *self.argv]), redirect_stdout(printed):
            runpy.run_path(str(script), run_name="__main__")
        return json.loads(printed.getvalue())

    def _files(self) -> Callable[..., tuple[str, ...]]:
        return lambda _, *paths: tuple(path for path in paths if path in self.files)


@contextmanager
def given(conf: Mapping[str, str]) -> Iterator[None]:
    """Let a context that starts have these settings, as if `spark-submit` had been given them."""
    jvm = SparkContext._jvm  # no API of Python sets them for a Java that runs already
    assert jvm is not None
    for key, value in conf.items():
        jvm.java.lang.System.setProperty(key, value)
    yield
    for key in conf:
        jvm.java.lang.System.clearProperty(key)


def live(life: Mapping[str, Any], folder: Path) -> dict[str, object]:
    """Run all days, each on its machine, and return what came of it."""
    arguments = Arguments(life["manifest"], "prod", overrides=tuple(life["overrides"]), is_debugging=True)
    reports, found, platforms = [], {}, []
    for day in life["days"]:
        there = There(**day["machine"])
        arrive(Path(day["folder"]), life["landing"])
        with there.entered():
            reports.append(there.run(folder))
            with Lakehouse.open(arguments) as lakehouse:
                platforms.append(lakehouse.platform.name)
                found = what_there_is(lakehouse) if day is life["days"][-1] else {}
    return {**found, "reports": reports, "platform": "+".join(platforms)}


def main(specification: Path, result: Path) -> None:
    """Live all lives, and write down what came of them."""
    wanted = json.loads(specification.read_text())
    builder = SparkSession.builder
    for key, value in wanted["image"].items():
        builder = builder.config(key, value)
    builder.getOrCreate().stop()  # Java goes on
    with given(wanted["image"]):
        found = {name: live(life, result.parent) for name, life in wanted["lives"].items()}
    result.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
