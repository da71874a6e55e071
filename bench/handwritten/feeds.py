"""The shapes of the landed files, and how the CSV among them is read."""

from __future__ import annotations

import re
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
OWN = ("_rescued", "_reason", "_source_file", "_source_line", "_arrived_at")
REDEMPTION_SCHEMA = (
    "redemption_id string, customer_id string, coupon_upc string, campaign_id string, redemption_date date"
)


def read_lines(spark: SparkSession, files: list[str]) -> DataFrame:
    """Read text files as lines with their number; what is not UTF-8 keeps a replacement character."""
    texts = spark.read.text(files, wholetext=True)
    lines = texts.select(
        F.col("_metadata.file_path").alias("_source_file"),
        F.col("_metadata.file_modification_time").alias("_arrived_at"),
        F.posexplode(F.split("value", "\n")).alias("_source_line", "_text"),
    )
    return lines.withColumn("_source_line", F.col("_source_line") + 1).filter(F.trim("_text") != "")


def read_json(spark: SparkSession, files: list[str], schema: str) -> DataFrame:
    """Read JSON lines; keep broken records as they came with their reason, and fields that the schema does not have."""
    known = [part.split()[0] for part in _parts(schema)]
    read = read_lines(spark, files).select(
        "*",
        F.from_json("_text", schema, {"columnNameOfCorruptRecord": "_corrupt"}).alias("_record"),
        F.map_filter(F.from_json("_text", "map<string,string>"), lambda key, _: ~key.isin(known)).alias("_others"),
    )
    return _kept(read, F.when(F.size("_others") > 0, F.to_json("_others")))


def read_csv(spark: SparkSession, files: list[str], schema: str) -> DataFrame:
    """Read CSV by name: files are grouped by their header, because columns come and go; keep what does not fit."""
    groups: dict[str, list[str]] = {}
    for file in files:
        with Path(file).open(encoding="utf-8", errors="replace") as stream:
            groups.setdefault(stream.readline().strip(), []).append(file)
    parts = []
    wanted = dict(part.split(" ", 1) for part in _parts(schema))
    for header, paths in groups.items():
        if not header:
            continue
        names = header.split(",")
        ddl = ", ".join(f"{name} {wanted.get(name, 'string')}" for name in names) + ", _corrupt string"
        record = F.from_csv(F.rtrim("_text"), F.lit(ddl), {"columnNameOfCorruptRecord": "_corrupt"}).alias("_record")
        lines = read_lines(spark, paths).filter("_source_line > 1").select("*", record)
        others = [F.col(f"_record.{name}").alias(name) for name in names if name not in wanted]
        rescued = F.to_json(F.struct(*others)) if others else F.lit(None).cast("string")
        part = _kept(lines, rescued)
        missing = [F.lit(None).cast(kind).alias(name) for name, kind in wanted.items() if name not in part.columns]
        parts.append(part.select("*", *missing).select(*wanted, *(name for name in OWN if name not in wanted)))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.unionByName(part)
    return whole


def _parts(schema: str) -> list[str]:
    return re.split(r",\s*(?![^(]*\))", schema)


def _kept(read: DataFrame, rescued: Column) -> DataFrame:
    reason = F.when(
        F.col("_record._corrupt").isNotNull(), F.lit("the record cannot be parsed, or a value does not fit")
    )
    return read.select("_record.*", rescued.alias("_rescued"), reason.alias("_reason"), *OWN[2:])


def clean(frame: DataFrame, name: str) -> Column:
    """Trim a column of text, and make empty text null; other columns stay."""
    if dict(frame.dtypes)[name] != "string":
        return F.col(name)
    text = F.trim(name)
    return F.when(text != "", text).alias(name)
