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
from tests.parity.s3 import s3a
from tests.s3a import s3a_jars
from tests.seaweedfs import KEY, SECRET
from tests.spark_servers import SHORT_LIVED, connect_server, python_without, standalone_cluster
from tests.storage.conftest import access_to, checking_endpoint, new_bucket, s3_bucket, s3_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["checking_endpoint", "s3_bucket", "s3_endpoint"]

REPOSITORY = Path(__file__).parents[2]
FIRST, LAST = date(2017, 3, 4), date(2017, 4, 2)
SECONDS = 800


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
        lives: Mapping[str, Mapping[str, str]],
        environ: Mapping[str, str],
        python: Sequence[str] = (sys.executable,),
    ) -> dict[str, Lived]:
        """Return what comes of the days, lived as often as is said, in a process of their own.

        Args:
            lives: Per name of a life, and of the folder that it writes to, settings of the project; in capitals,
                variables of AWS that it alone has.
            environ: Environment variables, beside those of this process.
            python: What runs the script.
        """
        wanted: dict[str, object] = {"config": f"{REPOSITORY}/config", "days": list(map(str, self.days))}
        place = self.folder / "-".join(lives)
        place.mkdir()
        wanted["lives"] = {name: self._life(name, settings) for name, settings in lives.items()}
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
        return {name: Lived(**lived) for name, lived in json.loads((place / "lived.json").read_text()).items()}

    def _life(self, name: str, settings: Mapping[str, str]) -> dict[str, object]:
        place = self.folder / "lives" / name
        place.mkdir(parents=True)
        usual = {
            **{f"spark.conf.{key}": value for key, value in WITHOUT_CODE.items()},
            "dbt.target_path": f"{place}/dbt",
            "landing.root": f"{place}/landing",
            "storage.root": f"{place}/lake",
            "spark.conf.spark.driver.memory": "1g",
            "spark.conf.spark.driver.defaultJavaOptions": SHORT_LIVED,
        }
        told = {key: value for key, value in {**usual, **settings}.items() if not key.startswith("AWS_")}
        return {
            "settings": [f"{key}={value}" for key, value in told.items()],
            "environ": {key: value for key, value in settings.items() if key.startswith("AWS_")},
        }


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
def lived(days: Days, checking_endpoint: str) -> dict[str, Lived]:
    """Return what came of the days on this machine: in files, and in an S3 that checks who asks.

    They are lived in one process, whose Java has warmed up after the first.
    """
    lives = {
        "local": {"spark.conf.spark.jars": s3a_jars()},
        "s3": in_s3(access_to(checking_endpoint, KEY, SECRET)),
    }
    return days.live(lives, {})


def in_s3(access: Mapping[str, str]) -> dict[str, str]:
    """Return what a life in a new bucket of an S3 is given."""
    bucket = new_bucket(access)
    conf = s3a(access["AWS_ENDPOINT_URL"], "env:AWS_ACCESS_KEY_ID", "env:AWS_SECRET_ACCESS_KEY")
    return {
        "storage.root": f"s3://{bucket}/lake",
        "landing.root": f"s3://{bucket}/landing",
        **{f"spark.conf.{setting}": value for setting, value in conf.items()},
        **access,
    }


@pytest.fixture(scope="session")
def local(lived: dict[str, Lived]) -> Lived:
    """Return what came of the days in files on this machine: what all others are compared with."""
    return lived["local"]


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
