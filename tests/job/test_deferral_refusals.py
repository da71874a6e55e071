"""Where late rows cannot wait, a job that asks for it is refused before anything is read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tidegate.errors import JobDefinitionError
from tidegate.job.base import SparkJob
from tidegate.job.folding import check_deferral
from tidegate.model.declarations import Output
from tidegate.model.modes import Append, ApplyChanges, LateWindow, Upsert

DEFER = LateWindow("ordered_at", 3, beyond="defer")


class Orders(SparkJob):
    """Latest state of every order."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Upsert(("order_id",), "updated_at", late=DEFER))


def context(kind: str) -> SimpleNamespace:
    return SimpleNamespace(tables=SimpleNamespace(store=lambda _: SimpleNamespace(format=kind)))


@pytest.mark.parametrize(
    "declare",
    [
        lambda: Append(late=DEFER),
        lambda: ApplyChanges(("order_id",), "updated_at", late=DEFER),
        lambda: Upsert(("order_id",), "updated_at", DEFER, apply_as_deletes="status = 'deleted'"),
        lambda: Upsert(("order_id",), "updated_at", DEFER, nullable_keys=("order_id",)),
        lambda: Upsert(("order_id",), "updated_at", DEFER, tie_break="refuse"),
    ],
    ids=["append", "changes", "deletes", "nullable keys", "refused ties"],
)
def test_modes_whose_rows_cannot_wait_say_so(declare: object) -> None:
    with pytest.raises(JobDefinitionError, match=r"(?s)cannot defer late rows: .*'defer' is for a plain Upsert"):
        declare()  # type: ignore[operator]


def test_a_format_that_writes_merges_anew_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(JobDefinitionError, match=r"(?s)format parquet.*silver\.orders.*delta or iceberg"):
        check_deferral(Orders, context("parquet"))  # type: ignore[arg-type]
    for kind in ("delta", "iceberg", "memory"):
        check_deferral(Orders, context(kind))  # type: ignore[arg-type]
