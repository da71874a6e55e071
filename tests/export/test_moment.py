"""A run that is told its moment takes what had landed by then, and a run that is told who started it says so."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from tests.pipeline.project import land, order, write_project

from tidegate.errors import ConfigError
from tidegate.factory.arguments import Arguments
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.observers import lineage_settings
from tidegate.factory.pipelines import HowToRun
from tidegate.lineage.settings import ParentRun
from tidegate.pipeline.forecast import alone, forecast

if TYPE_CHECKING:
    from pathlib import Path

RUN = "0199c000-0000-7000-8000-00000000000a"


@pytest.fixture
def lakehouse(tmp_path: Path) -> Lakehouse:
    write_project(tmp_path)
    land(tmp_path, "first", order(1, "new", 1))
    return Lakehouse.open(Arguments(config=str(tmp_path / "config")), environ={})


@pytest.mark.parametrize(("minutes", "files"), [(-5, 0), (5, 1)])
def test_files_that_landed_later_wait(lakehouse: Lakehouse, minutes: int, files: int) -> None:
    moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    context = HowToRun(logical_at=moment).about(lakehouse.context)
    assert context.now == moment
    (found,) = forecast(*alone(lakehouse.job("bronze.orders")), context)
    assert found.plan is not None
    assert sum(len(read.files) for read in found.plan.inputs) == files


def test_a_run_that_is_told_no_moment_is_about_the_present(lakehouse: Lakehouse) -> None:
    assert HowToRun().about(lakehouse.context) == lakehouse.context


def test_the_run_that_starts_it_is_its_parent_in_lineage(lakehouse: Lakehouse) -> None:
    environ = HowToRun(parent_run=f"airflow/shop.load/{RUN}").environ({})
    assert lineage_settings(lakehouse.settings, environ).parent == ParentRun("airflow", "shop.load", RUN)
    assert lineage_settings(lakehouse.settings, {}).parent is None
    with pytest.raises(ConfigError, match="cannot be told from its id"):
        lineage_settings(lakehouse.settings, HowToRun(parent_run="airflow/shop/17").environ({}))
