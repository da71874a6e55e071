"""A small silver layer and the job that builds gold from it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.job.dbt import DbtJob, DbtPlace
from tidegate.model.declarations import New
from tidegate.testing.sandbox import Sandbox

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PROJECT = Path(__file__).parents[2] / "dbt"
START = datetime(2017, 3, 1, 10, tzinfo=timezone.utc)

ORDERS = """order_id string, customer_id string, store_id string, ordered_at timestamp, ordered_date date,
    line_count int, quantity bigint, sales_usd decimal(14,2), discount_usd decimal(14,2), sales_eur decimal(16,4),
    updated_at timestamp"""
PRODUCTS = """product_id string, manufacturer_id string, department string, brand string, product_category string,
    product_type string, package_size string, updated_at timestamp"""
CUSTOMERS = """customer_id string, segment string, age string, income string, home_ownership string,
    marital_status string, household_size string, household_comp string, kids_count string,
    first_purchase_date date, updated_at timestamp, valid_from timestamp, valid_to timestamp, is_current boolean"""


class Gold(DbtJob):
    """The gold layer of the reference lakehouse."""

    inputs = {
        "orders": New("silver.orders"),
        "products": New("silver.products"),
        "customers": New("silver.customers"),
    }
    tables = (
        "gold.monthly_active_customers",
        "gold.daily_revenue",
        "gold.dim_customers",
        "gold.dim_products",
        "gold.fact_orders",
    )
    affected = {"affected_dates": ("orders", "ordered_date")}


def order(number: int, day: int, customer: str = "c1", usd: str = "10.00") -> tuple[object, ...]:
    """Return one order of 2 units, `day` days after the start."""
    at = START + timedelta(days=day)
    amount = Decimal(usd)
    return (f"o{number}", customer, "s1", at, at.date(), 1, 2, amount, Decimal("1.00"), amount * Decimal("0.9"), at)


class Shop:
    """Silver tables below one folder, and gold made from them."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        """Make silver with two products, two customers (one with a history) and no order."""
        self.spark, self.root = spark, root
        self.sandbox = Sandbox(spark, root / "lake", ())
        self.job = Gold(DbtPlace(str(PROJECT), str(root / "dbt")))
        products = [
            ("p1", "m", "GROCERY", "Private", "c", "t", "1 LB", START),
            ("p2", "m", "MEAT", None, "c", "t", "", START),
        ]
        self.sandbox.arrive("silver.products", spark.createDataFrame(products, PRODUCTS))
        nothing = (None,) * 6
        customers = [
            ("c1", "new", "45-54", *nothing, START.date(), START, START, START + timedelta(days=5), False),
            ("c1", "loyal", "45-54", *nothing, START.date(), START, START + timedelta(days=5), None, True),
            ("c2", "new", None, *nothing, START.date(), START, START, None, True),
        ]
        self.sandbox.arrive("silver.customers", spark.createDataFrame(customers, CUSTOMERS))

    def order(self, *orders: tuple[object, ...]) -> None:
        """Let orders arrive."""
        rows = self.spark.createDataFrame(list(orders), ORDERS)
        if self.sandbox.version("silver.orders") is None:
            self.sandbox.arrive("silver.orders", rows)
        else:
            rows.write.format("delta").mode("append").save(f"{self.root}/lake/silver/orders")

    def correct(self, order_id: str, usd: int) -> None:
        """Let a correction of an order arrive."""
        table = f"delta.`{self.root}/lake/silver/orders`"
        self.spark.sql(f"UPDATE {table} SET sales_usd = {usd} WHERE order_id = '{order_id}'")  # noqa: S608

    def delete(self, *order_ids: str) -> None:
        """Let orders be deleted."""
        table, named = f"delta.`{self.root}/lake/silver/orders`", ", ".join(f"'{one}'" for one in order_ids)
        self.spark.sql(f"DELETE FROM {table} WHERE order_id IN ({named})")  # noqa: S608

    def frame(self, table: str) -> DataFrame:
        """Return a table of gold."""
        return self.spark.read.format("delta").load(f"{self.root}/lake/gold/{table}")

    def versions(self) -> dict[str, int | None]:
        """Return the version of each table of gold."""
        return {table: self.sandbox.version(table) for table in Gold.tables}
