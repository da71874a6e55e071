"""The reference lakehouse, taken through the same two days on every kind of Spark; servers are started once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jobs._landing import LandingSettings, land
from tests.conftest import WITHOUT_CODE
from tests.spark_servers import SHORT_LIVED, connect_server, python_without, standalone_cluster
from tests.storage.conftest import s3_bucket, s3_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["s3_bucket", "s3_endpoint"]

REPOSITORY = Path(__file__).parents[2]
FIRST, LAST = date(2017, 3, 4), date(2017, 4, 2)
SECONDS = 500


@dataclass(frozen=True)
class Lived:
    """What came of the two days.

    Attributes:
        reports: Per day, the report of the pipeline.
        tables: Per table, all of its rows, as text.
        platform: Where it ran, by its own account.
    """

    reports: list[dict[str, object]]
    tables: dict[str, list[dict[str, str]]]
    platform: str


@dataclass(frozen=True)
class Days:
    """What arrives, and where the project may write."""

    folder: Path
    days: tuple[Path, ...]

    def live(
        self,
        name: str,
        settings: Mapping[str, str],
        environ: Mapping[str, str],
        python: Sequence[str] = (sys.executable,),
    ) -> Lived:
        """Return what comes of the days in a process of its own.

        Args:
            name: Name of the folder that it writes to.
            settings: Settings of the project.
            environ: Environment variables, beside those of this process.
            python: What runs the script.
        """
        place = self.folder / name
        place.mkdir()
        usual = {
            **{f"spark.conf.{key}": value for key, value in WITHOUT_CODE.items()},
            "dbt.target_path": f"{place}/dbt",
            "landing.root": f"{place}/landing",
            "storage.root": f"{place}/lake",
            "spark.conf.spark.driver.memory": "1g",
            "spark.conf.spark.driver.defaultJavaOptions": SHORT_LIVED,
        }
        chosen = [f"{key}={value}" for key, value in {**usual, **settings}.items()]
        wanted = {"config": f"{REPOSITORY}/config", "days": list(map(str, self.days)), "settings": chosen}
        (place / "wanted.json").write_text(json.dumps(wanted))
        script = (str(Path(__file__).with_name("days.py")), f"{place}/wanted.json", f"{place}/lived.json")
        done = subprocess.run(
            [*python, *script],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environ},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-6000:]
        return Lived(**json.loads((place / "lived.json").read_text()))


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """Return two days: a month of a few households at once, and the day after it."""
    folder = tmp_path_factory.mktemp("parity")
    few = LandingSettings(households=6, history_from=FIRST, history_until=LAST, arrivals=1)
    arrivals = (few.history_until, *few.arrival_days)
    for number, day in enumerate(arrivals):
        land(folder / f"day{number}", through=day, settings=few)
    return Days(folder, tuple(folder / f"day{number}" for number in range(len(arrivals))))


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of executors, which have no tidegate."""
    return python_without("tidegate", tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="session")
def local(days: Days) -> Lived:
    """Return what came of the days on this machine: what all others are compared with."""
    return days.live("local", {}, {})


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Hold a standalone cluster."""
    with standalone_cluster(tmp_path_factory.mktemp("cluster")) as address:
        yield address


@pytest.fixture(scope="module")
def connect(tmp_path_factory: pytest.TempPathFactory, bare_python: Path) -> Iterator[str]:
    """Hold a server of Spark Connect."""
    with connect_server(tmp_path_factory.mktemp("connect"), frozenset({"delta"}), bare_python) as address:
        yield address
