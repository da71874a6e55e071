"""Bronze: coupon redemptions as they arrive."""

from __future__ import annotations

from tidegate import Append, Files, Output, SparkJob, entrypoint, main


class CouponRedemptions(SparkJob):
    """Every coupon redemption as it arrived, one row per line of a file."""

    inputs = {"files": Files("coupon_redemptions", format="csv")}
    output = Output("bronze.coupon_redemptions", Append())


JOB = entrypoint(CouponRedemptions)

if __name__ == "__main__":
    main(JOB)
