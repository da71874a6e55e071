"""Silver: every order as it is now."""

from tidegate import LateWindow, New, Output, SparkJob, Upsert, entrypoint, main
from tidegate.transforms import blank_to_null, cast_columns, parse_timestamps, trim_strings


class Orders(SparkJob):
    """Latest state of every order. What is older than the window is counted, and merged all the same."""

    inputs = {"orders": New("bronze.orders")}
    output = Output(
        "silver.orders",
        Upsert(keys=("order_id",), sequence_by="updated_at", late=LateWindow("ordered_at", days=3)),
    )

    def transform(self, inputs):
        """Return one row per version of an order that came."""
        rows = inputs["orders"].transform(trim_strings).transform(blank_to_null)
        rows = rows.transform(parse_timestamps, ["ordered_at", "updated_at"])
        rows = rows.transform(cast_columns, {"amount": "decimal(12,2)"})
        return rows.select("order_id", "customer_id", "amount", "status", "ordered_at", "updated_at")


JOB = entrypoint(Orders)

if __name__ == "__main__":
    main(JOB)
