"""Bronze: customers as they arrive."""

from __future__ import annotations

from tidegate import Append, Files, Output, SparkJob, entrypoint, main


class Customers(SparkJob):
    """Every customer record as it arrived, one row per line of a file."""

    inputs = {"files": Files("customers", format="csv")}
    output = Output("bronze.customers", Append())


JOB = entrypoint(Customers)

if __name__ == "__main__":
    main(JOB)
