"""Silver: every coupon redemption, exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate import Append, New, Output, SparkJob, entrypoint, main
from tidegate.transforms import trim_strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame


class CouponRedemptions(SparkJob):
    """Every coupon redemption, exactly once."""

    inputs = {"redemptions": New("bronze.coupon_redemptions")}
    output = Output("silver.coupon_redemptions", Append())

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return one row per redemption."""
        redemptions = inputs["redemptions"].transform(trim_strings)
        return redemptions.select("redemption_id", "customer_id", "coupon_upc", "campaign_id", "redemption_date")


JOB = entrypoint(CouponRedemptions)

if __name__ == "__main__":
    main(JOB)
