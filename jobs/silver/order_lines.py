"""Silver: the latest state of every order line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate import LateWindow, New, Output, SparkJob, Upsert, Whole, entrypoint, main
from tidegate.transforms import convert_currency, trim_strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame


class OrderLines(SparkJob):
    """Latest state of every order line, amounts in US dollars and in euros at the rate of the day."""

    inputs = {"lines": New("bronze.order_lines"), "rates": Whole("silver.fx_rates")}
    output = Output(
        "silver.order_lines",
        Upsert(keys=("order_line_id",), sequence_by="updated_at", late=LateWindow("ordered_at", days=3)),
    )

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return one row per version of an order line; `sales_eur` is null where no rate is known for the day."""
        lines = inputs["lines"].transform(trim_strings)
        measured = lines.withColumns(
            {
                "sales_usd": F.col("sales_value"),
                "discount_usd": (F.col("retail_disc") + F.col("coupon_disc") + F.col("coupon_match_disc")).cast(
                    "decimal(12,2)"
                ),
                "ordered_date": F.to_date("ordered_at"),
            }
        )
        converted = measured.transform(
            convert_currency,
            inputs["rates"],
            amount="sales_usd",
            currency="currency",
            day="ordered_date",
            into="sales_eur",
        )
        return converted.select(
            "order_line_id",
            "order_id",
            "customer_id",
            "product_id",
            "store_id",
            "quantity",
            "sales_usd",
            "discount_usd",
            "sales_eur",
            "ordered_at",
            "ordered_date",
            "updated_at",
        )


JOB = entrypoint(OrderLines)

if __name__ == "__main__":
    main(JOB)
