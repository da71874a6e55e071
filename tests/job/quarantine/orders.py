"""Orders as a log and as a history, beside the shop's own, for replays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.job.shop import contracts, history_contracts

from tidegate.job.base import SparkJob
from tidegate.model.declarations import Output
from tidegate.model.modes import Append, LateWindow, Scd2, Upsert
from tidegate.model.names import TableName
from tidegate.model.replays import REPLAY, Replay

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract
    from tidegate.model.reports import RunReport
    from tidegate.testing import Sandbox


class OrderLog(SparkJob):
    """Every order that ever came."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.order_log", Append())


class History(SparkJob):
    """What every order was, and when."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Scd2(("order_id",), "updated_at"))


class ClosedOrders(SparkJob):
    """Latest state of every order; days that are closed stay closed."""

    inputs = {"orders": "bronze.orders"}
    output = Output(
        "silver.orders", Upsert(("order_id",), "updated_at", late=LateWindow("ordered_at", 3, "quarantine"))
    )


def log_contracts() -> tuple[Contract, ...]:
    """Return the contract of `silver.order_log`: rows have no key."""
    (base,) = contracts()
    return (replace(base, table=TableName("silver", "order_log"), primary_key=()),)


def contracts_of(job: type[SparkJob]) -> tuple[Contract, ...]:
    """Return the contracts that a job needs."""
    if job is OrderLog:
        return log_contracts()
    return history_contracts() if job is History else contracts()


def loosened(given: tuple[Contract, ...]) -> tuple[Contract, ...]:
    """Return contracts by which amounts may be below zero, in a version of their own."""
    return tuple(
        replace(one, version="1.1.0", rules=tuple(rule for rule in one.rules if rule.id != "amount_is_positive"))
        for one in given
    )


def replayed(sandbox: Sandbox, job: SparkJob, request: Replay | None = None, **changes: object) -> RunReport:
    """Replay rows, and return the report."""
    return sandbox.run(job, replay=request or Replay(), scope=REPLAY, **changes)
