"""Upkeep of the reference lakehouse as far as it needs no Spark: decisions, Parquet tables, what follows a run."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner

from tidegate.cli.commands import tidegate
from tidegate.factory.arguments import Arguments
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.upkeep import maintain as maintained
from tidegate.factory.upkeep import unread_since, upkeep_after_runs, usage_of
from tidegate.model.commits import Commit, Token
from tidegate.model.names import TableName
from tidegate.tables.manifests import DataFile, Manifest, ManifestLog

REPOSITORY = Path(__file__).parents[2]


class SparkIsAskedForError(Exception):
    """Somebody wants a session."""


def lake(root: Path, *more: str) -> Lakehouse:
    """Return the reference lakehouse over a folder, which has no Spark."""

    def session() -> NoReturn:
        raise SparkIsAskedForError

    overrides = (f"storage.root={root}", *more)
    opened = Lakehouse.open(Arguments(config=str(REPOSITORY / "config"), overrides=overrides))
    opened.session = session  # type: ignore[method-assign]
    return opened


def publish(root: Path, dataset: str, files: int, watermarks: dict[str, int] | None = None) -> None:
    """Give a Delta table of silver a version in its log that adds some files of 1,000 rows."""
    log = root / "silver" / dataset / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    version = len(list(log.iterdir()))
    facts = Commit(Token(f"silver.{dataset}", version + 1), "run", watermarks or {}).to_json()
    fields = [{"name": name, "type": "string"} for name in ("order_line_id", "customer_id", "ordered_at", "note")]
    actions: list[object] = [
        {"commitInfo": {"timestamp": version * 1_000, "operation": "WRITE", "userMetadata": facts}}
    ]
    if not version:
        actions.append({"metaData": {"schemaString": json.dumps({"fields": fields})}})
    for number in range(files):
        stats = {"numRecords": 1_000, "minValues": {"customer_id": "a"}, "maxValues": {"customer_id": "z"}}
        path = f"{version}-{number}.parquet"
        actions.append({"add": {"path": path, "size": 9_000, "dataChange": True, "stats": json.dumps(stats)}})
    (log / f"{version:020d}.json").write_text("\n".join(map(json.dumps, actions)))


@pytest.mark.parametrize(("files", "is_due"), [(32, False), (40, True)])
def test_upkeep_follows_a_run_only_where_the_log_alone_says_that_it_is_due(
    tmp_path: Path, files: int, *, is_due: bool
) -> None:
    publish(tmp_path, "order_lines", files)
    after = upkeep_after_runs(lake(tmp_path, "maintenance.after_run.small_files=35"))
    assert after is not None
    if is_due:
        with pytest.raises(SparkIsAskedForError):
            after("silver.order_lines")
    else:
        assert after("silver.order_lines") is None


def test_runs_are_followed_by_no_upkeep_that_nobody_asked_for(tmp_path: Path, table: Path) -> None:
    assert upkeep_after_runs(lake(tmp_path)) is None
    after = upkeep_after_runs(lake(table.parents[1], "maintenance.after_run.small_files=2"))
    assert after is not None
    assert after("bronze.products") is None, "batches of Parquet tables keep their files"


def test_what_jobs_and_contracts_declare_is_how_a_table_is_used(tmp_path: Path) -> None:
    used = usage_of(lake(tmp_path), "silver.order_lines")
    assert (used.keys, used.event_column) == (("order_line_id",), "ordered_at")
    assert set(used.times) == {"ordered_at", "ordered_date", "updated_at"}
    assert "order_id" in used.filters, "silver.orders groups by it"
    assert "customer_id" in usage_of(lake(tmp_path), "silver.customers").filters, "contracts refer to it"


def test_an_explanation_of_a_delta_table_says_why(tmp_path: Path) -> None:
    publish(tmp_path, "order_lines", 20)
    done = maintained(lake(tmp_path), "silver.order_lines", is_explaining=True)
    decided = {decision.what: decision for decision in done.decisions}
    assert decided["compact now"].choice == "yes"
    assert decided["statistics"].choice == "ordered_at, order_line_id"
    assert all(decision.why for decision in done.decisions)


def test_files_stay_while_a_job_of_the_project_has_not_read_them(tmp_path: Path) -> None:
    for _ in range(4):
        publish(tmp_path, "order_lines", 1)
    assert unread_since(lake(tmp_path), TableName("silver", "order_lines")) is None
    publish(tmp_path, "orders", 1, {"lines": 1})
    moment = unread_since(lake(tmp_path), TableName("silver", "order_lines"))
    assert moment == datetime.fromtimestamp(2, tz=timezone.utc)
    publish(tmp_path, "orders", 1, {"lines": 3})
    assert unread_since(lake(tmp_path), TableName("silver", "order_lines")) is None


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return the folder of `bronze.products` with one batch, and what a run that died forty days ago left."""
    folder = tmp_path / "bronze" / "products"
    ManifestLog(str(folder)).append(Manifest(1, "{}", (DataFile("data/1/a.parquet", 2_000_000),)))
    for path in ("data/1/a.parquet", "data/2/a.parquet"):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes(b"x")
        os.utime(folder / path, (time.time() - 40 * 86_400,) * 2)
    return folder


def maintain(table: Path, *more: str) -> str:
    arguments = ["maintain", "bronze.products", "--config", str(REPOSITORY / "config")]
    done = CliRunner().invoke(tidegate, [*arguments, "--set", f"storage.root={table.parents[1]}", *more])
    assert done.exit_code == 0, done.output
    return done.output


def test_an_explanation_changes_nothing(table: Path) -> None:
    told = maintain(table, "--explain")
    assert told.startswith("bronze.products: 1 files, 1.9 MiB\n")
    assert "compact now: no" in told
    assert "expired" not in told
    assert (table / "data/2/a.parquet").exists()


def test_what_a_dead_run_left_goes(table: Path) -> None:
    told = json.loads(maintain(table, "--json"))
    assert (told["expired_files"], told["is_compacted"]) == (1, False)
    assert not (table / "data/2/a.parquet").exists()
    assert (table / "data/1/a.parquet").exists()


def test_the_retention_is_a_setting(table: Path) -> None:
    assert "0 files expired" in maintain(table, "--set", "maintenance.retention_days=50")
