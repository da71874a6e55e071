"""A landing zone in a real HDFS: what lands is read once, and what is sent again under its name is read again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import fsspec
import pytest
from tests.hdfs import hdfs

from tidegate import storage
from tidegate.job.base import SparkJob
from tidegate.model.contracts import Column, Contract
from tidegate.model.declarations import Files, Output
from tidegate.model.modes import Append
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.default_line, pytest.mark.integration]


class Sales(SparkJob):
    """Sales as they arrive."""

    inputs = {"files": Files("sales", "csv")}
    output = Output("bronze.sales", Append())


@pytest.fixture
def landing(tmp_path: Path) -> Iterator[str]:
    with hdfs(tmp_path / "hdfs") as address:
        yield f"{address}/landing"


def test_what_lands_in_hdfs_is_read_once(landing: str, new_sandbox: Callable[..., Sandbox]) -> None:
    files, root = fsspec.core.url_to_fs(landing)
    files.makedirs(f"{root}/sales/day=1")
    files.pipe_file(f"{root}/sales/day=1/a.csv", b"id\n1\n2\n")
    sandbox = new_sandbox(contracts=(Contract(TableName.parse("bronze.sales"), "1", (Column("id", "bigint"),), ()),))
    context = replace(sandbox.context, landing=landing)
    (found,) = storage.list_files(landing)

    assert (found.uri, found.size) == (f"{landing}/sales/day=1/a.csv", 7)
    assert abs((found.modified_at - files.modified(f"{root}/sales/day=1/a.csv").astimezone()).total_seconds()) < 1
    assert Sales().execute(context).counts.published == 2
    assert Sales().execute(context).status == "nothing_new"
    files.pipe_file(f"{root}/sales/day=1/b.csv", b"id\n3\n")
    assert Sales().execute(context).counts.published == 1
    assert sandbox.rows("bronze.sales") == [(1,), (2,), (3,)]
