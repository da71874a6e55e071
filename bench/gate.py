"""What the gate costs: one write of the order lines to silver, plain, through tidegate, and with fifteen rules."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate import Append, New, Output, SparkJob, storage
from tidegate.contracts.book import ContractBook
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tidegate import Lakehouse

COLUMNS = {
    "order_line_id": "string",
    "order_id": "string",
    "customer_id": "string",
    "product_id": "string",
    "store_id": "string",
    "quantity": "int",
    "sales_value": "decimal(12,2)",
    "retail_disc": "decimal(12,2)",
    "coupon_disc": "decimal(12,2)",
    "coupon_match_disc": "decimal(12,2)",
    "currency": "string",
    "ordered_at": "timestamp",
    "updated_at": "timestamp",
}
NAME = TableName("silver", "lines")
LEAST = Rule("has_rows", "row_count", (), (("min", 1),), severity="warn", scope="batch")
RULES = (
    *(Rule(f"{name}_is_not_null", "not_null", (name,)) for name in list(COLUMNS)[:6]),
    *(
        Rule(f"{name}_is_not_negative", "between", (name,), (("min", 0),))
        for name in ("quantity", "sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
    ),
    Rule("order_line_id_has_its_form", "pattern", ("order_line_id",), (("pattern", "^[0-9]+-[0-9]+$"),)),
    Rule("currency_is_known", "accepted_values", ("currency",), (("values", ("USD", "EUR")),)),
    Rule("ordered_at_is_not_null", "not_null", ("ordered_at",)),
    Rule("updated_after_ordered", "date_order", ("ordered_at", "updated_at")),
)


class Lines(SparkJob):
    """Every order line as it arrived."""

    inputs = {"lines": New("bronze.order_lines")}
    output = Output(str(NAME), Append())

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return the columns of the contract."""
        return inputs["lines"].select(*COLUMNS)


def write(kind: str, lakehouse: Lakehouse, session: SparkSession) -> None:
    """Write the whole of bronze's order lines into a new Delta table.

    Args:
        kind: `bare` (Spark alone), `ungated` (tidegate with no rule about rows) or `gated` (with fifteen).
        lakehouse: Has the bronze table.
        session: The session.
    """
    root = storage.join(lakehouse.settings.storage.root, "_bench")
    shutil.rmtree(Path(root), ignore_errors=True)
    bronze = TableName("bronze", "order_lines")
    if kind == "bare":
        rows = lakehouse.tables.store(bronze).read(bronze).select(*COLUMNS)
        rows.write.format("delta").save(storage.join(root, "silver", NAME.dataset))
        return
    layer = lakehouse.settings.storage
    places = {
        "bronze": Place("parquet", layer.location_of("bronze")),
        "silver": Place("delta", storage.join(root, "silver")),
        "quarantine": Place("parquet", storage.join(root, "quarantine")),
    }
    columns = tuple(Column(name, type_) for name, type_ in COLUMNS.items())
    contract = Contract(NAME, "1.0.0", columns, (LEAST, *(RULES if kind == "gated" else ())))
    context = replace(
        lakehouse.context, tables=Catalog(places, lambda: session), contracts=ContractBook.of((contract,))
    )
    report = Lines().execute(context)
    if report.exit_code:
        sys.exit(report.error)
