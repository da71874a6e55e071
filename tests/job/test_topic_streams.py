"""Streams of a topic: what is there comes in batches, each record once, whoever stops or kills them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.job.streams import stream
from tests.job.topics import places, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.job.topics import Shop

pytestmark = [pytest.mark.spark, pytest.mark.integration]

ROOT = Path(__file__).parents[2]


def test_a_stream_takes_what_is_there_in_batches_and_mixes_with_runs(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(2)
    job = reading(shop.topic.name, max_records=2)
    assert stream(shop.sandbox, job).status == "nothing_new"
    shop.orders(0, 1, 2, 3)
    shop.orders(1, 4, 5)
    first = stream(shop.sandbox, job)
    assert (first.status, first.ended_by, first.runs, first.counts.published) == ("succeeded", "end", 3, 5)
    shop.orders(0, 6)
    shop.sandbox.run(job)
    shop.topic.expire(0, 3)  # the stream's own start lies before that
    shutil.rmtree(shop.sandbox.root / "_tidegate" / "streams")
    again = stream(shop.sandbox, job)
    assert (again.status, again.runs) == ("nothing_new", 0)
    shop.orders(1, 7)
    assert stream(shop.sandbox, shop.job).counts.published == 1
    assert places(shop.sandbox) == sorted(shop.topic.sent)


def test_a_stream_that_is_told_to_stop_leaves_the_rest_for_its_next_start(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    job = reading(shop.topic.name, max_records=1)
    shop.orders(0, 1, 2, 3)
    stopped = stream(shop.sandbox, job, "1 second", should_stop=lambda: bool(places(shop.sandbox)))
    assert (stopped.ended_by, stopped.runs) == ("signal", 1)
    assert stream(shop.sandbox, job).runs == 2
    assert places(shop.sandbox) == sorted(shop.topic.sent)


@pytest.mark.slow
@pytest.mark.default_line
@pytest.mark.timeout(600)
def test_a_stream_whose_process_is_killed_loses_and_doubles_nothing(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(1, "parquet")
    shop.orders(0, *range(5))
    arguments = [str(shop.sandbox.root), shop.topic.address, shop.topic.name, "publish", "2"]
    killed = subprocess.run(
        [sys.executable, "-m", "tests.job.topics", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert places(shop.sandbox) == [(0, 0), (0, 1)]
    assert stream(shop.sandbox, reading(shop.topic.name, max_records=2)).runs == 2
    assert places(shop.sandbox) == sorted(shop.topic.sent)
