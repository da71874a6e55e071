"""The shapes of the landed files, and how the CSV among them is read."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

LINE_SCHEMA = (
    "order_line_id string, order_id string, customer_id string, product_id string, store_id string, quantity int, "
    "sales_value decimal(12,2), retail_disc decimal(12,2), coupon_disc decimal(12,2), coupon_match_disc decimal(12,2), "
    "currency string, ordered_at timestamp, updated_at timestamp, _corrupt string"
)
CUSTOMER_COLUMNS = (
    "first_purchase_date date, segment string, favourite_store_id string, age string, income string, "
    "home_ownership string, marital_status string, household_size string, household_comp string, kids_count string"
)
CSV_SCHEMAS = {
    "products": "product_id string, manufacturer_id string, department string, brand string, product_category string, "
    "product_type string, package_size string, price_band string, first_sold_date date, updated_at timestamp, "
    "_corrupt string",
    "customers": f"customer_id string, {CUSTOMER_COLUMNS}, updated_at timestamp, _corrupt string",
}
REDEMPTION_SCHEMA = (
    "redemption_id string, customer_id string, coupon_upc string, campaign_id string, redemption_date date"
)


def read_csv(spark: SparkSession, files: list[str], schema: str) -> DataFrame:
    """Read CSV by name: files are grouped by their header, because columns come and go."""
    groups: dict[str, list[str]] = {}
    for file in files:
        with Path(file).open(encoding="utf-8", errors="replace") as stream:
            groups.setdefault(stream.readline().strip(), []).append(file)
    parts = []
    wanted = dict(part.strip().split(" ", 1) for part in schema.split(","))
    for header, paths in groups.items():
        if not header:
            continue
        names = header.split(",")
        ddl = ", ".join(f"{name} {wanted.get(name, 'string')}" for name in names) + ", _corrupt string"
        part = (
            spark.read.option("header", "true").option("columnNameOfCorruptRecord", "_corrupt").schema(ddl).csv(paths)
        )
        missing = [F.lit(None).cast(kind).alias(name) for name, kind in wanted.items() if name not in part.columns]
        parts.append(part.select("*", "_metadata", *missing).select(*wanted, "_metadata"))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.unionByName(part)
    return whole


def clean(frame: DataFrame, name: str) -> Column:
    """Trim a column of text, and make empty text null; other columns stay."""
    if dict(frame.dtypes)[name] != "string":
        return F.col(name)
    text = F.trim(name)
    return F.when(text != "", text).alias(name)
