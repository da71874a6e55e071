"""Lakehouses whose runs are killed, all in one process; each run at its moment, and some wherever they are."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.http_api import http_api
from tests.job.api_shop import order
from tests.job.killed_runs import BETWEEN, Doomed, launch, sandbox_of
from tests.job.quarantine.orders import OrderLog, log_contracts
from tests.job.shop import LateOrders, Orders, frame, record

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

RANDOM, BACKFILL, REPLAY, API = "random", "backfill", "replay", "api"
FORMATS = ("delta", "iceberg", "parquet")
STEPS = ("read", "transform", "stage", "gate", "quarantine", "publish", "end")
# Only publishing differs between the formats.
CASES = [
    *[("delta", moment) for moment in STEPS],
    *[("iceberg", moment) for moment in ("publish", "end")],
    ("parquet", "publish"),
]
REPLAYED = ("gate", "quarantine", "publish", "end")

FIRST = [record(1, 10), record(2, 20), record(3, -1)]
SECOND = [
    record(1, 11, version=1),
    record(2, -5, version=1),
    record(4, 40, day=1),
    record(None, 5),
    record(4, 40, day=1),
]
LATE = (
    [record(1, 10), record(2, 20, day=20)],
    [record(1, 11, version=1), record(3, 30, day=1)],
    [record(3, 31, day=1, version=1), record(2, 21, day=20, version=1)],
)
DAYS = [record(1, 10), record(2, 20, day=1), record(3, -1, day=1), record(4, 40, day=2)]
PULLED = ("transform", "publish", "end")
RECORDS = [order(number, number) for number in range(5)]
LOGGED = [record(1, 1), record(2, -2), record(2, -2), record(3, -3)]


class Prepared:
    """A maker of lakehouses with a first batch that was taken and a second that waits."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        """Make one in each format whose logs have relative paths: the others are copies."""
        self._spark, self._folder, self._count = spark, folder, 0
        self._movable = {kind: self._made(folder / f"prepared_{kind}", kind) for kind in ("delta", "parquet")}

    def lake(self, silver: str) -> str:
        """Return the folder of a new one."""
        self._count += 1
        root = self._folder / f"{silver}{self._count}"
        movable = self._movable.get(silver)
        return str(shutil.copytree(movable, root)) if movable else self._made(root, silver)

    def _made(self, root: Path, silver: str) -> str:
        sandbox = sandbox_of(self._spark, Doomed(str(root), silver))
        sandbox.arrive("bronze.orders", frame(self._spark, FIRST))
        sandbox.run(Orders())
        sandbox.arrive("bronze.orders", frame(self._spark, SECOND))
        return str(root)


def kill_all(spark: SparkSession, prepared: Prepared, folder: Path, chance: random.Random) -> dict[str, Doomed]:
    """Return the lakehouses of killed runs by format and moment, such as `delta publish`."""
    doomed = {f"{silver} {moment}": Doomed(prepared.lake(silver), silver, moment) for silver, moment in CASES}
    doomed |= {f"{REPLAY} {one.moment}": one for one in _replays(spark, folder)}
    doomed[BACKFILL] = Doomed(str(folder / BACKFILL), moment="publish", times=2, days=3)
    sandbox_of(spark, doomed[BACKFILL]).arrive("bronze.orders", frame(spark, DAYS))
    doomed[BETWEEN] = _late(spark, folder)
    with http_api(records=RECORDS) as api:
        doomed |= {
            f"{API} {moment}": Doomed(str(folder / f"{API}_{moment}"), moment=moment, api=api.url) for moment in PULLED
        }
        held = len(doomed)
        for silver in FORMATS:
            begins = chance.randrange(held // 2, held)  # others that are on their way: the kill comes soon
            doomed[f"{silver} {RANDOM}"] = Doomed(prepared.lake(silver), silver, after=begins)
        process = launch(list(doomed.values()))
        _, said = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, said
    return doomed


def _late(spark: SparkSession, folder: Path) -> Doomed:
    late = Doomed(str(folder / "late"), moment=BETWEEN)
    sandbox = sandbox_of(spark, late)
    sandbox.arrive("bronze.orders", frame(spark, LATE[0]))
    sandbox.run(LateOrders())
    sandbox.arrive("bronze.orders", frame(spark, LATE[1]))
    return late


def _replays(spark: SparkSession, folder: Path) -> Iterator[Doomed]:
    """Yield replays of rows without a key: one that is published twice is there twice."""
    first = Doomed(str(folder / "replays"), is_replay=True)
    sandbox = sandbox_of(spark, first)
    sandbox.contracts = log_contracts()
    sandbox.arrive("bronze.orders", frame(spark, LOGGED))
    assert sandbox.run(OrderLog()).counts.quarantined == 3
    for moment in REPLAYED:
        root = shutil.copytree(first.root, Path(f"{first.root}_{moment}"))
        yield Doomed(str(root), moment=moment, is_replay=True)
