"""A watch asks for a table before anything that needs a session: the table is what starts it."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration

PROGRAM = """
from datetime import datetime, timezone
from types import SimpleNamespace
from tidegate.job.watch.history import Metrics
from tidegate.model.names import TableName

class Store:
    def version(self, table):
        return 0

    def read(self, table):
        print("read", table)
        raise SystemExit(0)

context = SimpleNamespace(tables=SimpleNamespace(store=lambda table: Store()))
table = TableName.parse("gold.table_metrics")
Metrics(table, "watch", context).past(datetime.now(tz=timezone.utc), {"silver.orders"}, {""})
"""


def test_the_past_is_read_before_a_column_is_named() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "read gold.table_metrics\n"), done.stderr
