"""Bronze: the European Central Bank's daily reference rates as they arrive."""

from __future__ import annotations

from tidegate import Append, Files, Output, SparkJob, entrypoint, main


class FxRates(SparkJob):
    """Every published exchange rate, one row per currency and day of a file."""

    inputs = {
        "files": Files("fx_rates", format="xml", options=(("row", "Cube/Cube/Cube"), ("rename", "time=rate_date")))
    }
    output = Output("bronze.fx_rates", Append())


JOB = entrypoint(FxRates)

if __name__ == "__main__":
    main(JOB)
