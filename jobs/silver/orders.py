"""Silver: the latest state of every order, summed from its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate import Affected, LateWindow, Output, SparkJob, Upsert, entrypoint, main

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame


class Orders(SparkJob):
    """Latest state of every order: its lines counted and summed."""

    inputs = {"lines": Affected("silver.order_lines", keys=("ordered_date", "order_id"))}
    output = Output(
        "silver.orders",
        Upsert(keys=("order_id",), sequence_by="updated_at", late=LateWindow("ordered_at", days=3)),
    )
    changes_grain = True

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return one row per order; sums leave out nulls, and an order with no euro amount at all has a null one."""
        orders = inputs["lines"].groupBy("ordered_date", "order_id")
        return orders.agg(
            F.max("customer_id").alias("customer_id"),
            F.max("store_id").alias("store_id"),
            F.min("ordered_at").alias("ordered_at"),
            F.count(F.lit(1)).cast("int").alias("line_count"),
            F.sum("quantity").cast("bigint").alias("quantity"),
            F.sum("sales_usd").cast("decimal(14,2)").alias("sales_usd"),
            F.sum("discount_usd").cast("decimal(14,2)").alias("discount_usd"),
            F.sum("sales_eur").cast("decimal(16,4)").alias("sales_eur"),
            F.max("updated_at").alias("updated_at"),
        ).select(
            "order_id",
            "customer_id",
            "store_id",
            "ordered_at",
            "ordered_date",
            "line_count",
            "quantity",
            "sales_usd",
            "discount_usd",
            "sales_eur",
            "updated_at",
        )


JOB = entrypoint(Orders)

if __name__ == "__main__":
    main(JOB)
