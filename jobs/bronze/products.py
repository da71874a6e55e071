"""Bronze: products as they arrive."""

from __future__ import annotations

from tidegate import Append, Files, Output, SparkJob, entrypoint, main


class Products(SparkJob):
    """Every product record as it arrived, one row per line of a file."""

    inputs = {"files": Files("products", format="csv")}
    output = Output("bronze.products", Append())


JOB = entrypoint(Products)

if __name__ == "__main__":
    main(JOB)
