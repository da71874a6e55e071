"""What must be true of silver.orders."""

from decimal import Decimal

from jobs.orders import Orders
from tidegate.testing import job_case

COLUMNS = "order_id string, customer_id string, amount string, status string, ordered_at string, updated_at string"


def test_blanks_are_nulls_and_amounts_are_numbers(spark):
    row = ("1", "  ", " 19.90 ", "new", "2026-01-01T08:15:00Z", "2026-01-01T08:15:00Z")
    expected = {"order_id": "1", "customer_id": None, "amount": Decimal("19.90"), "status": "new"}
    job_case(Orders(), {"orders": spark.createDataFrame([row], COLUMNS)}, [expected])
