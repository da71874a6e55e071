"""Two drivers, each a process with a Spark of its own, merge into one table in S3, and lose nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from moto.s3.responses import S3Response
from tests.conformance.reference import Event, latest
from tests.parity.conftest import REPOSITORY
from tests.parity.driver import events
from tests.tables.batches import commit

from tidegate import storage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.core.common_types import TYPE_RESPONSE

pytestmark = [
    pytest.mark.spark,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.default_line,
    pytest.mark.timeout(900),
]

ROUNDS = 2
SECONDS = 500
SLOW = 0.3  # seconds between Delta's look whether a version is free and its taking it, in which the other may look


@pytest.fixture
def _slow_log() -> Iterator[None]:
    """Let every commit take its time, so that two that are made at once do meet."""
    put = S3Response.put_object

    def slow(response: S3Response) -> TYPE_RESPONSE:
        if "/_delta_log/" in response.path and response.path.endswith(".json"):
            time.sleep(SLOW)
        return put(response)

    with patch.object(S3Response, "put_object", slow):
        yield


@pytest.mark.usefixtures("_slow_log")
def test_two_drivers_lose_nothing_in_s3(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = f"s3://{s3_bucket}/lake"
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    script = str(Path(__file__).with_name("driver.py"))
    with ExitStack() as stack:
        drivers = []
        for names in (("a", "b"), ("b", "a")):
            command = [sys.executable, script, root, "delta", *names, str(ROUNDS)]
            drivers.append(stack.enter_context(subprocess.Popen(command, cwd=REPOSITORY)))
            stack.callback(drivers[-1].kill)
        assert [driver.wait(timeout=SECONDS) for driver in drivers] == [0, 0]
    found = json.loads(storage.read_bytes(f"{root}/found.json"))
    merged = [event for name in ("a", "b") for number in range(1, ROUNDS + 1) for event in events(name, number)]
    assert {Event((number, region), *rest) for number, region, *rest in found["rows"]} == set(latest(merged))
    assert len(found["rows"]) == len(latest(merged))
    assert Counter(found["commits"]) == {commit(1, scope=name).token.application: ROUNDS for name in ("a", "b")}
