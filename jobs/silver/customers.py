"""Silver: the history of every customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate import New, Output, Scd2, SparkJob, entrypoint, main
from tidegate.transforms import blank_to_null, trim_strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame


class Customers(SparkJob):
    """History of every customer, a row per interval in which nothing about the customer changed."""

    inputs = {"customers": New("bronze.customers")}
    output = Output("silver.customers", Scd2(keys=("customer_id",), sequence_by="updated_at"))

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return one row per state of a customer, blanks as nulls."""
        customers = inputs["customers"].transform(trim_strings).transform(blank_to_null)
        return customers.select(
            "customer_id",
            "first_purchase_date",
            "segment",
            "favourite_store_id",
            "age",
            "income",
            "home_ownership",
            "marital_status",
            "household_size",
            "household_comp",
            "kids_count",
            "updated_at",
        )


JOB = entrypoint(Customers)

if __name__ == "__main__":
    main(JOB)
