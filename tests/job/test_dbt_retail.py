"""Gold of the reference lakehouse: first build, late data, nothing new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.job.gold import Gold, Shop, order

from tidegate.platforms.gateway import analysed_plan

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tidegate.model.reports import RunReport

pytestmark = [pytest.mark.spark, pytest.mark.integration, pytest.mark.slow]


class Story(NamedTuple):
    """Three runs of one shop, and what was printed meanwhile."""

    shop: Shop
    first: RunReport
    late: RunReport
    idle: RunReport
    versions: dict[str, int | None]
    settings: tuple[dict[str, str], dict[str, str]]


def settings_of(spark: SparkSession) -> dict[str, str]:
    """Return the settings of the session, less the note that Delta makes there of its last commit."""
    return {row["key"]: row["value"] for row in spark.sql("SET").collect() if "lastCommitVersion" not in row["key"]}


@pytest.fixture(scope="module")
def story(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Eleven days of orders; then one ten days late, a correction, two deletions and a new day; then nothing."""
    before = settings_of(spark)
    shop = Shop(spark, tmp_path_factory.mktemp("gold"))
    shop.order(*(order(day, day, f"c{1 + day % 3}") for day in range(11)))
    first = shop.job.execute(replace(shop.sandbox.context, look_into=analysed_plan))
    shop.order(order(100, 1, "c2", usd="7.50"), order(101, 11, "c1"))
    shop.correct("o2", usd=99)
    shop.delete("o4", "o9")
    late = shop.job.execute(shop.sandbox.context)
    versions = shop.versions()
    idle = shop.job.execute(shop.sandbox.context)
    return Story(shop, first, late, idle, versions, (before, settings_of(spark)))


def test_the_first_build_makes_every_table_and_passes_every_test(story: Story) -> None:
    report = story.first
    assert report.error is None
    assert report.status == "succeeded"
    assert report.output is not None
    assert {table.table for table in report.output.tables} == set(Gold.tables)
    assert len(report.rules) == 12
    assert {rule.status for rule in report.rules if rule.severity == "error"} == {"passed"}
    assert all(rule.checked for rule in report.rules)


def test_a_customer_without_a_profile_is_a_warning(story: Story) -> None:
    (warned,) = [rule for rule in story.first.rules if rule.status == "warned"]
    assert (warned.id, warned.severity, warned.failed) == ("dim_customers_has_profile", "warn", 1)


def test_late_and_corrected_orders_end_where_they_would_have_been_on_time(story: Story) -> None:
    assert story.late.error is None
    facts = {row["order_id"]: float(row["sales_usd"]) for row in story.shop.frame("fact_orders").collect()}
    assert facts == {**{f"o{day}": 10.0 for day in (0, 1, 3, 5, 6, 7, 8, 10)}, "o2": 99.0, "o100": 7.5, "o101": 10.0}
    days = {row["ordered_date"].day: row for row in story.shop.frame("daily_revenue").collect()}
    assert {day: float(row["sales_usd"]) for day, row in days.items() if row["sales_usd"] != 10} == {2: 17.5, 3: 99.0}
    assert (days[2]["order_count"], days[2]["customer_count"]) == (2, 1)
    (month,) = story.shop.frame("monthly_active_customers").collect()
    assert (month["active_customer_count"], month["order_count"]) == (3, 11)


def test_an_increment_touches_the_days_in_scope_alone(story: Story) -> None:
    assert story.late.output is not None
    rows = {table.table: table.rows for table in story.late.output.tables}
    # Four rolling days of which one is left without orders, the new one, and those of the late and the corrected order.
    assert rows["gold.daily_revenue"] == 6
    assert rows["gold.fact_orders"] == 7


def test_orders_that_are_gone_from_silver_are_gone_from_gold_and_so_are_days_without_any(story: Story) -> None:
    """One lay in the rolling days and one before them, on a day of its own each."""
    days = {row["ordered_date"].day - 1 for row in story.shop.frame("daily_revenue").collect()}
    assert days == {0, 1, 2, 3, 5, 6, 7, 8, 10, 11}
    assert not {"o4", "o9"} & {row["order_id"] for row in story.shop.frame("fact_orders").collect()}


def test_the_customer_is_shown_in_its_current_state_with_first_and_last_order(story: Story) -> None:
    rows = {row["customer_id"]: row for row in story.shop.frame("dim_customers").collect()}
    assert set(rows) == {"c1", "c2", "c3"}
    assert (rows["c1"]["segment"], rows["c1"]["first_ordered_at"].day, rows["c1"]["last_ordered_at"].day) == (
        "loyal",
        1,
        12,
    )
    assert (rows["c3"]["has_profile"], rows["c3"]["segment"], rows["c3"]["order_count"]) == (False, None, 3)


def test_a_run_with_nothing_new_makes_no_version(story: Story) -> None:
    assert story.idle.status == "nothing_new"
    assert story.shop.versions() == story.versions


def test_every_commit_says_which_run_made_it(story: Story) -> None:
    root = story.shop.root
    for table in Gold.tables:
        folder = root / "lake" / "gold" / table.partition(".")[2] / "_delta_log"
        newest = max(folder.glob("*.json")).read_text(encoding="utf-8")
        assert story.late.run_id in newest


def test_the_session_is_left_as_it_was(story: Story) -> None:
    before, after = story.settings
    assert after == before
    assert not [row for row in story.shop.spark.sql("SHOW TABLES").collect() if row["isTemporary"] and "dbt" in row[1]]
    shown = story.shop.spark.sql("SHOW TABLES IN silver").collect()  # lists the temporary views of any test too
    assert [row["tableName"] for row in shown if not row["isTemporary"]] == []


def test_every_column_of_gold_says_what_it_is_made_from(story: Story) -> None:
    assert story.first.output is not None
    made = {table.table: table.lineage for table in story.first.output.tables}
    facts, daily = made["gold.fact_orders"], made["gold.daily_revenue"]
    assert facts is not None
    assert daily is not None
    assert [(one.source, one.column, one.subtype) for one in facts.columns["sales_eur"].influences] == [
        ("silver.orders", "sales_eur", "IDENTITY")
    ]
    assert [(one.source, one.column, one.subtype) for one in daily.columns["sales_eur"].influences] == [
        ("gold.fact_orders", "sales_eur", "AGGREGATION")
    ]
    assert {(one.source, one.column, one.subtype) for one in daily.rows.influences} == {
        ("gold.fact_orders", "ordered_date", "GROUP_BY")
    }
    for table in story.first.output.tables:
        assert table.lineage is not None
        assert [*table.lineage.columns] == [column.name for column in table.columns]
        assert not any(column.unknown for column in table.lineage.columns.values())
