"""A contract's service levels become expectations, whole or with an error that says what to write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tidegate.errors import ContractError
from tidegate.job.watch.expectations import Expectation, expectations_of, references_of
from tidegate.model.contracts import SEVERITIES, Column, Contract, Details, ForeignKey, Rule, ServiceLevel
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from tidegate.model.contracts import Severity

CUSTOMERS = TableName("silver", "customers")
CONTRACT = Contract(
    TableName("silver", "orders"),
    "1.0.0",
    (Column("order_id", "string"), Column("customer_id", "string"), Column("updated_at", "timestamp")),
    (
        Rule("fresh", "freshness", ("updated_at",), (("max_age_hours", 26),), severity="error"),
        Rule("known", "foreign_key", ("customer_id",), (("references", ("id",)), ("table", "silver.customers"))),
    ),
    location="silver/orders.odcs.yaml",
)


def promising(*levels: ServiceLevel) -> Contract:
    return replace(CONTRACT, details=Details(service_levels=levels))


def test_rules_about_freshness_are_expectations_of_their_severity() -> None:
    assert expectations_of(CONTRACT) == (Expectation("freshness", "updated_at", 26.0, "error"),)
    days = Rule("fresh", "freshness", ("updated_at",), (("max_age_days", 2),))
    assert expectations_of(replace(CONTRACT, rules=(days,)))[0].limit == 48.0


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (
            ServiceLevel("completeness", 99, "percent", "orders.customer_id"),
            Expectation("completeness", "customer_id", 1 - 99 / 100),
        ),
        (ServiceLevel("Completeness", "1", "", "order_id"), Expectation("completeness", "order_id", 0.0)),
        (
            ServiceLevel("rowCount", 2.5, "%", "bronze.orders"),
            Expectation("row_count", "bronze.orders", 2.5 / 100),
        ),
        (ServiceLevel("row_count", 0, "", "bronze.orders"), Expectation("row_count", "bronze.orders", 0.0)),
        (ServiceLevel("consistency", 0), Expectation("consistency", "customer_id", 0.0)),
        (
            ServiceLevel("consistency", 5, "percent", "orders.customer_id"),
            Expectation("consistency", "customer_id", 0.05),
        ),
        (ServiceLevel("drift", 3), Expectation("drift", "", 3.0)),
        (ServiceLevel("drift", 3, "", "orders"), Expectation("drift", "", 3.0)),
        (ServiceLevel("drift", 4.5, "", "orders.customer_id"), Expectation("drift", "customer_id", 4.5)),
    ],
)
def test_a_service_level_is_an_expectation(level: ServiceLevel, expected: Expectation) -> None:
    assert expectations_of(promising(level))[1:] == (expected,)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_promise_says_how_bad_it_is_when_it_is_broken(severity: Severity) -> None:
    levels = (
        ServiceLevel("completeness", 1, "", "order_id", severity=severity),
        ServiceLevel("drift", 3, severity=severity),
        ServiceLevel("consistency", 0, severity=severity),
        ServiceLevel("rowCount", 0, "", "bronze.orders", severity=severity),
    )
    assert {wish.severity for wish in expectations_of(promising(*levels))[1:]} == {severity}


def test_service_levels_that_no_watch_reads_are_left_alone() -> None:
    assert len(expectations_of(promising(ServiceLevel("retention", "forever"), ServiceLevel("latency", None)))) == 1


@pytest.mark.parametrize(
    ("level", "hint"),
    [
        (ServiceLevel("completeness", None, "", "order_id"), "give value"),
        (ServiceLevel("completeness", "most", "", "order_id"), "give value"),
        (ServiceLevel("drift", "nan"), "give value"),
        (ServiceLevel("drift", True), "give value"),
        (ServiceLevel("drift", -1), "give value"),
        (ServiceLevel("completeness", 99, "", "order_id"), "unit: percent"),
        (ServiceLevel("completeness", 101, "%", "order_id"), "unit: percent"),
        (ServiceLevel("completeness", 1, "", "orders.nothing"), "one of order_id, customer_id, updated_at"),
        (ServiceLevel("drift", 3, "", "nothing"), "one of order_id"),
        (ServiceLevel("rowCount", 0, "", "orders"), "such as bronze.orders"),
        (ServiceLevel("consistency", 0, "", "order_id"), "foreign key: customer_id"),
        (ServiceLevel("drift", 3, severity="bad"), "one of info, warn, error, fatal"),
    ],
)
def test_a_service_level_that_cannot_be_understood_stops_the_watch_and_says_what_to_write(
    level: ServiceLevel, hint: str
) -> None:
    with pytest.raises(ContractError, match=hint) as error:
        expectations_of(promising(level))
    assert "silver/orders.odcs.yaml" in str(error.value)


def test_references_are_relationships_and_rules() -> None:
    pair = ForeignKey(("order_id", "customer_id"), CUSTOMERS, ("a", "b"))
    assert references_of(replace(CONTRACT, foreign_keys=(pair,))) == {
        "order_id,customer_id": pair,
        "customer_id": ForeignKey(("customer_id",), CUSTOMERS, ("id",)),
    }
