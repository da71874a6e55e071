"""Law 4: a run that is killed at any moment and run again ends as if it had never been killed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from tests.http_api import http_api
from tests.job import api_shop
from tests.job.api_shop import order
from tests.job.killed_runs import BETWEEN, STEP_FILE, Doomed, kill, launch, sandbox_of
from tests.job.kills import API, BACKFILL, CASES, DAYS, FIRST, FORMATS, LATE, PULLED, RANDOM, RECORDS, SECOND, STEPS
from tests.job.shop import START, LateOrders, Orders, as_rows, frame, latest, record

from tidegate.model.slices import Backfill, Span
from tidegate.pipeline.backfill import plan_backfill
from tidegate.pipeline.filling import run_backfill
from tidegate.tables.catalog import deferring

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession
    from tests.job.kills import Prepared
    from tests.job.shop import Record

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(3600)]

Outcome: TypeAlias = tuple[list[tuple[object, ...]], list[tuple[object, ...]]]

# Before that, a run has touched no table.
ON_BOTH_LINES = ("publish", "end")
# More at random: so many runs of each format (`make test-faults` asks for 50), a few at a time in each process.
RANDOM_RUNS = int(os.environ.get("TIDEGATE_RANDOM_KILLS", "0"))
AT_A_TIME = 5
THIRD = [record(5, 50, day=2), record(6, -6, day=2), record(1, 9, version=0)]


def outcome(sandbox: Sandbox) -> Outcome:
    quarantined = sandbox.rows("quarantine.silver_orders")
    return sandbox.rows("silver.orders"), sorted(quarantined, key=repr)


def await_step(doomed: Doomed, step: str) -> None:
    """Wait until a run has come to a step, or past it."""
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        noted = step_of(doomed)
        if noted in STEPS and STEPS.index(noted) >= STEPS.index(step):
            return
        time.sleep(0.02)


def step_of(doomed: Doomed) -> str:
    """Return the step that a run was in last."""
    noted = Path(doomed.root, STEP_FILE)
    return noted.read_text() if noted.exists() else "not begun"


@pytest.fixture(scope="module")
def whole(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """Return what batches come to when nothing happens to their runs."""
    known: dict[int, Outcome] = {}

    def of(*batches: Sequence[Record]) -> Outcome:
        number = hash(tuple(map(tuple, batches)))
        if number not in known:
            sandbox = sandbox_of(spark, Doomed(str(tmp_path_factory.mktemp("whole"))))
            for batch in batches:
                sandbox.arrive("bronze.orders", frame(spark, batch))
                sandbox.run(Orders())
            known[number] = outcome(sandbox)
        return known[number]

    return of


@pytest.mark.parametrize(
    ("silver", "moment"),
    [pytest.param(*case, marks=() if case[1] in ON_BOTH_LINES else pytest.mark.default_line) for case in CASES],
)
def test_a_killed_run_leaves_nothing_behind(
    spark: SparkSession,
    killed: dict[str, Doomed],
    whole: Callable[..., Outcome],
    silver: str,
    moment: str,
) -> None:
    """The rerun finds more input than the killed run had: what the killed run left must not count twice."""
    expected = whole(FIRST, SECOND, THIRD) if moment == "end" else whole(FIRST, SECOND + THIRD)
    broken = sandbox_of(spark, killed[f"{silver} {moment}"])
    broken.arrive("bronze.orders", frame(spark, THIRD))
    broken.run(Orders())
    assert outcome(broken) == expected
    assert broken.run(Orders()).status == "nothing_new"


@pytest.mark.default_line
def test_a_killed_backfill_goes_on_with_the_slice_it_was_at(spark: SparkSession, killed: dict[str, Doomed]) -> None:
    """The second slice had set a row aside when it was killed; that row is in quarantine once in the end."""
    sandbox = sandbox_of(spark, killed[BACKFILL])
    request = Backfill(Span(START.date(), START.date() + timedelta(days=3)))
    plan = plan_backfill(Orders, request, sandbox.context)
    assert [part.number for part in plan.waiting] == [2, 3]
    assert run_backfill(Orders(), plan, sandbox.context).status == "succeeded"
    assert sandbox.rows("silver.orders") == as_rows(latest(DAYS))
    assert len(outcome(sandbox)[1]) == 1


@pytest.mark.default_line
def test_runs_that_are_killed_at_random_end_as_if_nothing_had_happened(
    spark: SparkSession, killed: dict[str, Doomed], prepared: Prepared, whole: Callable[..., Outcome]
) -> None:
    """Neither a row nor a reason is lost or there twice, whatever Python, Java and Spark were doing."""
    chance = random.Random(os.environ.get("TIDEGATE_SEED"))  # noqa: S311 - spreads the moments
    steps: Counter[str] = Counter()
    dead = [killed[f"{silver} {RANDOM}"] for silver in FORMATS]
    for start in range(0, RANDOM_RUNS, AT_A_TIME):
        dead += killed_at_random(prepared, min(AT_A_TIME, RANDOM_RUNS - start), chance)
    for one in dead:
        steps[f"{one.silver}, {step_of(one)}"] += 1
        broken = sandbox_of(spark, one)
        broken.run(Orders())
        assert outcome(broken) == whole(FIRST, SECOND), one
        assert broken.run(Orders()).status == "nothing_new"
    print(dict(sorted(steps.items())))  # noqa: T201 - where they were hit


def killed_at_random(prepared: Prepared, count: int, chance: random.Random) -> list[Doomed]:
    """Return so many runs of each format that one kill at a random moment has hit."""
    doomed = [
        Doomed(prepared.lake(silver), silver, delay=chance.uniform(0, 4)) for silver in FORMATS for _ in range(count)
    ]
    process = launch(doomed)
    await_step(chance.choice(doomed), chance.choice(STEPS))
    time.sleep(chance.uniform(0, 1.5))
    kill(process)
    _, said = process.communicate()
    assert process.returncode == -signal.SIGKILL, said
    return doomed


@pytest.mark.default_line
@pytest.mark.parametrize("moment", PULLED)
def test_an_api_whose_run_was_killed_is_read_again(spark: SparkSession, killed: dict[str, Doomed], moment: str) -> None:
    """What had been pulled is pulled once more, with what came meanwhile; each record is there once."""
    late = order(9, 1)  # within the overlap of what was read
    with http_api(records=[*RECORDS, late]) as api:
        sandbox = sandbox_of(spark, replace(killed[f"{API} {moment}"], api=api.url))
        published = 1 if moment == "end" else len(RECORDS) + 1
        assert sandbox.run(api_shop.Orders()).counts.published == published
        assert Counter(row[1] for row in sandbox.rows("bronze.orders")) == Counter([0, 1, 2, 3, 4, 9])
        assert sandbox.run(api_shop.Orders()).status == "nothing_new"


@pytest.mark.default_line
def test_a_run_killed_between_the_late_rows_and_their_table_leaves_nothing_that_readers_see(
    spark: SparkSession, killed: dict[str, Doomed]
) -> None:
    """The rerun finds more late rows than the killed run had; each stands once, and merging them changes nothing."""
    sandbox = sandbox_of(spark, killed[BETWEEN])
    assert sandbox.rows("silver.orders__late"), "the late rows were written before the kill"
    assert sandbox.rows("silver.orders") == as_rows(LATE[0])
    sandbox.arrive("bronze.orders", frame(spark, LATE[2]))
    report = sandbox.run(LateOrders())
    assert (report.counts.late, report.late and report.late.by_age_days) == (2, {19: 1, 20: 1})
    assert sandbox.rows("silver.orders") == as_rows(latest([*LATE[0], *LATE[1], *LATE[2]]))
    store = deferring(sandbox.context.tables.store(LateOrders.output.name))
    assert store is not None
    assert store.fold(LateOrders.output.name, "folding") is not None
    assert sandbox.rows("silver.orders") == as_rows(latest([*LATE[0], *LATE[1], *LATE[2]]))
    assert sandbox.run(LateOrders()).status == "nothing_new"
