"""Gold: the marts, built by dbt."""

from __future__ import annotations

from tidegate import DbtJob, New, entrypoint, main


class Gold(DbtJob):
    """Marts, built and tested by dbt: customers, products, orders, daily revenue and monthly active customers."""

    inputs = {
        "orders": New("silver.orders"),
        "products": New("silver.products"),
        "customers": New("silver.customers"),
    }
    tables = (
        "gold.monthly_active_customers",
        "gold.daily_revenue",
        "gold.dim_customers",
        "gold.dim_products",
        "gold.fact_orders",
    )
    affected = {"affected_dates": ("orders", "ordered_date")}


JOB = entrypoint(Gold)

if __name__ == "__main__":
    main(JOB)
