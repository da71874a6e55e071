"""Silver: the latest state of every product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate import New, Output, SparkJob, Upsert, entrypoint, main
from tidegate.transforms import blank_to_null, trim_strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame


class Products(SparkJob):
    """Latest state of every product of the catalogue."""

    inputs = {"products": New("bronze.products")}
    output = Output("silver.products", Upsert(keys=("product_id",), sequence_by="updated_at"))

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return one row per version of a product, blanks as nulls."""
        products = inputs["products"].transform(trim_strings).transform(blank_to_null)
        return products.select(
            "product_id",
            "manufacturer_id",
            "department",
            "brand",
            "product_category",
            "product_type",
            "package_size",
            "price_band",
            "first_sold_date",
            "updated_at",
        )


JOB = entrypoint(Products)

if __name__ == "__main__":
    main(JOB)
