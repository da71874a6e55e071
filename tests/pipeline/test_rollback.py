"""A run that is rolled back leaves every table, quarantines too, as it was before; others' commits stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipeline.fakes import Diary, FakeJob, plan, run

from tidegate.model.commits import Commit, Token
from tidegate.model.pipelines import Step
from tidegate.tables.port import Version

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.model.names import TableName
    from tidegate.model.reports import RunReport
    from tidegate.tables.catalog import Catalog

WHEN = datetime(2024, 1, 1, tzinfo=timezone.utc)


@dataclass
class Tables:
    """A catalog of tables that are only their logs."""

    logs: dict[str, list[Version]] = field(default_factory=dict)
    broken: str = ""
    layers: tuple[str, ...] = ("silver", "quarantine")

    def store(self, table: TableName) -> Tables:
        return self

    def location(self, table: TableName) -> str:
        return f"lake/{table}"

    def history(self, table: TableName) -> tuple[Version, ...]:
        return tuple(self.logs.get(str(table), ()))

    def write(self, table: str, run_id: str | None, operation: str = "WRITE") -> None:
        log = self.logs.setdefault(table, [])
        commit = Commit(Token("job", len(log) + 1), run_id) if run_id else None
        log.append(Version(len(log), WHEN, operation, commit))

    def restore(self, table: TableName, version: int | None) -> int | None:
        if str(table) == self.broken:
            raise OSError("no answer")
        if version is None:
            del self.logs[str(table)]
            return None
        self.logs[str(table)].append(Version(len(self.logs[str(table)]), WHEN, f"RESTORE {version}", is_restore=True))
        return len(self.logs[str(table)]) - 1


@dataclass
class Writer(FakeJob):
    """A job that writes its table, its quarantine too, and then ends as it ends."""

    tables: Tables = field(default_factory=Tables)
    sets_aside: bool = False

    def execute(self, context: RunContext) -> RunReport:
        report = super().execute(context)
        if report.status in ("succeeded", "failed"):
            self.tables.write(f"silver.{self.label}", report.run_id)
        if self.sets_aside:
            self.tables.write(f"quarantine.silver_{self.label}", report.run_id)
        return report


def chain(tables: Tables, statuses: dict[str, str], **more: object) -> dict[str, FakeJob]:
    return {name: Writer(name, Diary(), status, tables=tables, **more) for name, status in statuses.items()}  # type: ignore[arg-type]


UPSTREAM = {"a": frozenset[str](), "b": frozenset({"a"}), "c": frozenset({"b"})}


@given(st.integers(0, 3), st.booleans(), st.sampled_from(["failed", "refused"]))
def test_every_table_is_taken_back_to_the_version_before(before: int, sets_aside: bool, how: str) -> None:
    tables = Tables()
    for name in UPSTREAM:
        for number in range(before):
            tables.write(f"silver.{name}", f"earlier {number}")
    jobs = chain(tables, {"a": "succeeded", "b": how, "c": "succeeded"}, sets_aside=sets_aside)
    report = run(plan(UPSTREAM, jobs, [Step("b", "roll_back")]), tables=cast("Catalog", tables))
    assert report.status == how
    wrote = {"silver.a"} | ({"silver.b"} if how == "failed" else set())
    wrote |= {f"quarantine.silver_{name}" for name in ("a", "b")} if sets_aside else set()
    assert {one.table for one in report.rolled_back} == wrote
    for one in report.rolled_back:
        kept = before if one.table.startswith("silver") else 0
        assert one.error is None
        assert (one.target, one.version) == (kept - 1 if kept else None, kept)
        assert (one.table in tables.logs) == bool(kept)
    assert len(tables.logs.get("silver.c", ())) == before


def test_what_another_job_wants_is_not_what_this_one_does() -> None:
    tables = Tables()
    jobs = chain(tables, {"a": "succeeded", "b": "failed", "c": "succeeded"})
    report = run(plan(UPSTREAM, jobs, [Step("a", "roll_back")]), tables=cast("Catalog", tables))
    assert (report.status, report.rolled_back) == ("partial", ())
    assert len(tables.logs["silver.a"]) == 1


@pytest.mark.parametrize(
    ("operation", "run_id", "is_taken_back"),
    [("OPTIMIZE", None, True), ("MERGE", None, False), ("WRITE", "other", False)],
)
def test_what_others_have_written_since_stays_and_that_is_told(
    operation: str, run_id: str | None, is_taken_back: bool
) -> None:
    tables = Tables()
    jobs = chain(tables, {"a": "succeeded", "b": "failed", "c": "succeeded"})
    cast("Writer", jobs["b"]).meet = lambda: tables.write("silver.a", run_id, operation)
    report = run(plan(UPSTREAM, jobs, [Step("b", "roll_back")]), tables=cast("Catalog", tables))
    (a,) = (one for one in report.rolled_back if one.table == "silver.a")
    assert (a.error is None) == is_taken_back
    assert report.status == ("failed" if is_taken_back else "partial")
    if not is_taken_back:
        assert "another writer has made version 1" in str(a.error)


def test_a_table_that_cannot_be_restored_does_not_keep_the_others_from_it() -> None:
    tables = Tables(broken="silver.b")
    for name in UPSTREAM:
        tables.write(f"silver.{name}", "earlier")
    jobs = chain(tables, {"a": "succeeded", "b": "succeeded", "c": "failed"})
    report = run(plan(UPSTREAM, jobs, [Step("c", "roll_back")]), tables=cast("Catalog", tables))
    assert {one.table: one.error is None for one in report.rolled_back} == {
        "silver.c": True,
        "silver.b": False,
        "silver.a": True,
    }
    assert [one.table for one in report.rolled_back] == ["silver.c", "silver.b", "silver.a"]
    assert report.status == "partial"


def test_every_attempt_is_taken_back() -> None:
    tables = Tables()
    tables.write("silver.a", "earlier")
    jobs = chain(tables, {"a": "failed"}, is_retryable=True)
    step = Step("a", "roll_back", retries=2, retry_wait_seconds=0)
    report = run(plan({"a": frozenset()}, jobs, [step]), tables=cast("Catalog", tables))
    assert [(one.version, one.target) for one in report.rolled_back] == [(3, 0)]
