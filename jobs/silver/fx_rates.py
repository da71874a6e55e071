"""Silver: the European Central Bank's reference rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate import New, Output, SparkJob, Upsert, entrypoint, main
from tidegate.transforms import trim_strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame


class FxRates(SparkJob):
    """Reference rates: how much of a currency one euro bought on a day, as last published."""

    inputs = {"rates": New("bronze.fx_rates")}
    output = Output("silver.fx_rates", Upsert(keys=("rate_date", "currency"), sequence_by="updated_at"))

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return one row per publication of a rate; of two publications the later to arrive wins."""
        rates = inputs["rates"].transform(trim_strings).withColumn("updated_at", F.col("_arrived_at"))
        return rates.select("rate_date", "currency", "rate", "updated_at")


JOB = entrypoint(FxRates)

if __name__ == "__main__":
    main(JOB)
