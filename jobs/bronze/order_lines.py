"""Bronze: order lines as they arrive."""

from __future__ import annotations

from tidegate import Append, Files, Output, SparkJob, entrypoint, main


class OrderLines(SparkJob):
    """Every order line as it arrived, one row per line of a file."""

    inputs = {"files": Files("order_lines", format="jsonl")}
    output = Output("bronze.order_lines", Append())


JOB = entrypoint(OrderLines)

if __name__ == "__main__":
    main(JOB)
