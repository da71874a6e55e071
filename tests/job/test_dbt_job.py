"""A dbt job is checked when it is declared, and says which extra it needs."""

from __future__ import annotations

import sys

import pytest
from tests.job.gold import Gold

from tidegate.errors import JobDefinitionError, MissingExtraError
from tidegate.job.dbt import DbtBuild, DbtJob
from tidegate.job.dbt.invocation import Dbt
from tidegate.model.commits import Commit, Token
from tidegate.model.declarations import Affected, New, Whole


def test_a_job_is_called_after_the_layer_that_it_writes() -> None:
    assert Gold.name() == "gold"
    assert Gold.description() == "The gold layer of the reference lakehouse."
    assert [str(table) for table in Gold.outputs()] == list(Gold.tables)


def test_only_new_rows_make_a_run_due() -> None:
    class Some(DbtJob):
        inputs = {"orders": "silver.orders", "products": Whole("silver.products")}
        tables = ("gold.some",)

    assert Some.driving_inputs() == {"orders": New("silver.orders")}


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"inputs": {"a": "silver.a"}, "tables": ()}, "at least one table"),
        ({"inputs": {"a": "silver.a"}, "tables": ("gold.a", "marts.b")}, "all of one layer"),
        ({"inputs": {}, "tables": ("gold.a",)}, "at least one input"),
        ({"inputs": {"a": Affected("silver.a", keys=("day",))}, "tables": ("gold.a",)}, "must be New or Whole"),
        ({"inputs": {"a": "silver.a"}, "tables": ("gold.a",), "affected": {"days": ("b", "day")}}, "which is no input"),
    ],
)
def test_a_declaration_that_cannot_run_is_refused(declared: dict[str, object], said: str) -> None:
    with pytest.raises(JobDefinitionError, match=said):
        type("Wrong", (DbtJob,), declared)


def test_without_dbt_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dbt.cli.main", None)
    request = DbtBuild("dbt", "target", "logs", {}, "gold", Commit(Token("gold", 1), "run"), Gold.outputs())
    with pytest.raises(MissingExtraError, match=r"dbt-core.*\n.*tidegate\[dbt\]"):
        Dbt(request, "gold")
