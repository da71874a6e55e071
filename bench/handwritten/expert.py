"""The reference lakehouse's bronze and silver as an expert would write them by hand: bare PySpark and Delta.

The same steps on the same files as tidegate's jobs: read only new files, keep broken records apart, check all rules of
the contracts before anything is published, quarantine what fails, reduce duplicates, merge within the days that the
batch touches, once per batch. Broken records keep their text, reason, file and line; unknown fields are kept. What it
leaves out: lineage, reports, replay after a kill between two writes, late rows by age, ties and nulls in keys, bytes
that are not UTF-8, and the proof that rows add up.
"""

from __future__ import annotations

import json

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from bench.handwritten.feeds import CSV_SCHEMAS, LINE_SCHEMA, REDEMPTION_SCHEMA, clean, read_csv, read_json
from bench.handwritten.tables import Lake, token


class Expert(Lake):
    """One lakehouse written by hand."""

    def run(self) -> None:
        """Load everything that has landed and was not loaded yet."""
        state_file = self.lake / "state.json"
        state = json.loads(state_file.read_text()) if state_file.exists() else {"batch": 0, "seen": []}
        seen = set(state["seen"])
        batch = state["batch"] + 1
        files = {
            feed: self.new(feed, seen)
            for feed in ("fx_rates", "products", "customers", "coupon_redemptions", "order_lines")
        }
        if not any(files.values()):
            return
        if files["fx_rates"]:
            self.fx_rates(files["fx_rates"], batch)
        if files["products"]:
            self.products(files["products"], batch)
        if files["customers"]:
            self.customers(files["customers"], batch)
        if files["coupon_redemptions"]:
            self.redemptions(files["coupon_redemptions"], batch)
        if files["order_lines"]:
            self.order_lines(files["order_lines"], batch)
        seen.update(path for paths in files.values() for path in paths)
        self.lake.mkdir(parents=True, exist_ok=True)
        state_file.write_text(json.dumps({"batch": batch, "seen": sorted(seen)}))

    def fx_rates(self, files: list[str], batch: int) -> None:
        """Load the rates of exchange from XML."""
        raw = self.spark.read.text(files, wholetext=True)
        days = raw.select(
            F.col("_metadata.file_path").alias("_source_file"),
            F.col("_metadata.file_modification_time").alias("_arrived_at"),
            F.explode(
                F.expr(r"regexp_extract_all(value, '(?s)<Cube time=.*?</Cube>\\s*(?=<Cube time|</Cube>)', 0)")
            ).alias("day"),
        )
        quoted = days.select(
            "_source_file",
            "_arrived_at",
            F.to_date(F.regexp_extract("day", "time='([^']+)'", 1)).alias("rate_date"),
            F.explode(F.expr(r"regexp_extract_all(day, '<Cube currency=[^>]+>', 0)")).alias("cube"),
        )
        rates = quoted.select(
            "rate_date",
            F.regexp_extract("cube", "currency='([^']+)'", 1).alias("currency"),
            F.regexp_extract("cube", "rate='([^']+)'", 1).cast("decimal(18,8)").alias("rate"),
            "_source_file",
            "_arrived_at",
        )
        bronze = self.bronze(rates, "fx_rates", batch)
        rows = bronze.withColumn("updated_at", F.lit(batch))
        rules = {
            "rate": F.col("rate").isNull() | (F.col("rate") <= 0),
            "rate_date": F.col("rate_date").isNull(),
            "currency": F.col("currency").isNull() | ~F.col("currency").rlike("^[A-Z]{3}$"),
        }
        self.upsert(
            rows,
            "fx_rates",
            ["rate_date", "currency"],
            batch,
            rules=rules,
            columns=["rate_date", "currency", "rate", "updated_at"],
        )

    def products(self, files: list[str], batch: int) -> None:
        """Load the products."""
        bronze = self.bronze(read_csv(self.spark, files, CSV_SCHEMAS["products"]), "products", batch)
        columns = [name for name in bronze.columns if not name.startswith("_")]
        rows = bronze.select(*[clean(bronze, name) for name in columns], "_corrupt")
        rules = required("product_id", "first_sold_date", "updated_at")
        warned = {
            "unknown_brand": ~F.col("brand").isin("National", "Private"),
            "no_category": F.col("product_category").isNull(),
        }
        self.upsert(rows, "products", ["product_id"], batch, rules=rules, columns=columns, warned=warned)

    def customers(self, files: list[str], batch: int) -> None:
        """Load the customers with their history."""
        bronze = self.bronze(read_csv(self.spark, files, CSV_SCHEMAS["customers"]), "customers", batch)
        columns = [name for name in bronze.columns if not name.startswith("_")]
        rows = bronze.select(*[clean(bronze, name) for name in columns], "_corrupt")
        rules = required("customer_id", "updated_at")
        rules["segment"] = ~F.col("segment").isin("new", "active", "loyal", "lapsed")
        warned = {"no_age": F.col("age").isNull()}
        good = self.checked(rows, "customers", batch, rules, warned).dropDuplicates(["customer_id", "updated_at"])
        values = [name for name in columns if name not in ("customer_id", "updated_at")]
        path = str(self.lake / "silver" / "customers")
        keys = good.select("customer_id").distinct()
        exists = DeltaTable.isDeltaTable(self.spark, path)
        events = good
        if exists:
            old = self.spark.read.format("delta").load(path).join(F.broadcast(keys), "customer_id", "left_semi")
            known = old.select(*columns)
            events = known.unionByName(good.select(*columns)).dropDuplicates(["customer_id", "updated_at"])
        order = Window.partitionBy("customer_id").orderBy("updated_at")
        state = F.struct(*values)
        starts = events.withColumn("_before", F.lag(state).over(order)).filter(~F.col("_before").eqNullSafe(state))
        history = starts.select(
            *columns,
            F.col("updated_at").alias("valid_from"),
            F.lead("updated_at").over(order).alias("valid_to"),
        ).withColumn("is_current", F.col("valid_to").isNull())
        if not exists:
            self.append(history, path, "customers", batch)
            return
        target = DeltaTable.forPath(self.spark, path).alias("t")
        with token(self.spark, "customers", batch):
            (
                target.merge(history.alias("s"), "t.customer_id = s.customer_id AND t.valid_from = s.valid_from")
                .whenMatchedUpdateAll(condition="NOT (t.valid_to <=> s.valid_to)")
                .whenNotMatchedInsertAll()
                .execute()
            )

    def redemptions(self, files: list[str], batch: int) -> None:
        """Load the redeemed coupons, each once."""
        bronze = self.bronze(
            read_csv(self.spark, files, f"{REDEMPTION_SCHEMA}, _corrupt string"), "coupon_redemptions", batch
        )
        rows = bronze.select("redemption_id", "customer_id", "coupon_upc", "campaign_id", "redemption_date", "_corrupt")
        rules = required("redemption_id", "customer_id", "coupon_upc", "campaign_id", "redemption_date")
        good = (
            self.checked(rows, "coupon_redemptions", batch, rules)
            .dropDuplicates(["redemption_id"])
            .drop("_corrupt", "_bad", "_reasons")
        )
        path = str(self.lake / "silver" / "coupon_redemptions")
        if DeltaTable.isDeltaTable(self.spark, path):
            good = good.join(self.spark.read.format("delta").load(path), "redemption_id", "left_anti")
        self.append(good, path, "coupon_redemptions", batch)

    def order_lines(self, files: list[str], batch: int) -> None:
        """Load the order lines, priced in euros, and the orders they belong to."""
        bronze = self.bronze(read_json(self.spark, files, LINE_SCHEMA), "order_lines", batch)
        rows = self._priced(bronze)
        columns = [name for name in rows.columns if not name.startswith("_")]
        warned = {
            "unknown_product": F.col("_product").isNull(),
            "unknown_customer": F.col("_customer").isNull(),
            "no_quantity": F.col("quantity") == 0,
            "no_rate": F.col("sales_eur").isNull(),
            "unusual_quantity": (F.col("quantity") > 1000) & (F.col("sales_usd") <= 0),
        }
        self.upsert(
            rows,
            "order_lines",
            ["order_line_id"],
            batch,
            rules=line_rules(),
            columns=columns,
            event="ordered_at",
            warned=warned,
        )
        self.orders(batch)

    def _priced(self, bronze: DataFrame) -> DataFrame:
        silver = str(self.lake / "silver")
        usd = self.spark.read.format("delta").load(f"{silver}/fx_rates").filter("currency = 'USD'")
        following = Window.orderBy("rate_date")
        spans = usd.select(
            "rate_date",
            "rate",
            F.coalesce(F.lead("rate_date").over(following), F.lit("9999-12-31").cast("date")).alias("_until"),
        )
        lines = bronze.withColumn("ordered_date", F.to_date("ordered_at"))
        priced = lines.join(
            F.broadcast(spans),
            (F.col("ordered_date") >= F.col("rate_date")) & (F.col("ordered_date") < F.col("_until")),
            "left",
        )
        products = (
            self.spark.read.format("delta").load(f"{silver}/products").select(F.col("product_id").alias("_product"))
        )
        known = priced.join(F.broadcast(products), F.col("product_id") == F.col("_product"), "left")
        return known.join(F.broadcast(self._customers()), F.col("customer_id") == F.col("_customer"), "left").select(
            "order_line_id",
            "order_id",
            "customer_id",
            "product_id",
            "store_id",
            "quantity",
            F.col("sales_value").alias("sales_usd"),
            (F.col("retail_disc") + F.col("coupon_disc") + F.col("coupon_match_disc")).alias("discount_usd"),
            (F.col("sales_value") / F.col("rate")).cast("decimal(14,4)").alias("sales_eur"),
            "ordered_at",
            "ordered_date",
            "updated_at",
            "_corrupt",
            "_product",
            "_customer",
        )

    def _customers(self) -> DataFrame:
        customers = self.spark.read.format("delta").load(str(self.lake / "silver" / "customers"))
        return customers.filter("is_current").select(F.col("customer_id").alias("_customer"))

    def orders(self, batch: int) -> None:
        """Sum up the orders whose lines have changed."""
        path = str(self.lake / "silver" / "order_lines")
        version = self.spark.sql(f"DESCRIBE HISTORY delta.`{path}` LIMIT 1").collect()[0]["version"]
        lines = self.spark.read.format("delta").load(path)
        if batch > 1:
            changes = (
                self.spark.read.format("delta")
                .option("readChangeFeed", "true")
                .option("startingVersion", version)
                .load(path)
            )
            touched = changes.filter("_change_type != 'update_preimage'").select("ordered_date", "order_id").distinct()
            days = [row[0] for row in touched.select("ordered_date").distinct().collect()]
            lines = lines.filter(F.col("ordered_date").isin(days)).join(
                F.broadcast(touched), ["ordered_date", "order_id"], "left_semi"
            )
        orders = lines.groupBy("ordered_date", "order_id").agg(
            F.max("customer_id").alias("customer_id"),
            F.max("store_id").alias("store_id"),
            F.min("ordered_at").alias("ordered_at"),
            F.count(F.lit(1)).cast("int").alias("line_count"),
            F.sum("quantity").cast("bigint").alias("quantity"),
            F.sum("sales_usd").cast("decimal(14,2)").alias("sales_usd"),
            F.sum("discount_usd").cast("decimal(14,2)").alias("discount_usd"),
            F.sum("sales_eur").cast("decimal(16,4)").alias("sales_eur"),
            F.max("updated_at").alias("updated_at"),
        )
        columns = orders.columns
        rules: dict[str, Column] = {
            **{name: F.col(name).isNull() for name in columns if name != "sales_eur"},
            "one_line": F.col("line_count") < 1,
            **{f"{name}_range": F.col(name) < 0 for name in ("sales_usd", "discount_usd")},
            "order_of_dates": F.col("updated_at") < F.col("ordered_at"),
        }
        rows = orders.join(F.broadcast(self._customers()), F.col("customer_id") == F.col("_customer"), "left")
        warned = {"unknown_customer": F.col("_customer").isNull(), "no_rate": F.col("sales_eur").isNull()}
        self.upsert(
            rows, "orders", ["order_id"], batch, rules=rules, columns=columns, event="ordered_at", warned=warned
        )


def required(*names: str) -> dict[str, Column]:
    """Return the rules that a record could be parsed and that columns are filled."""
    return {"parsed": F.col("_corrupt").isNotNull(), **{name: F.col(name).isNull() for name in names}}


def line_rules() -> dict[str, Column]:
    """Return the rules of an order line."""
    filled = required(
        "order_line_id",
        "order_id",
        "customer_id",
        "product_id",
        "store_id",
        "quantity",
        "sales_usd",
        "discount_usd",
        "ordered_at",
        "ordered_date",
        "updated_at",
    )
    return {
        **filled,
        **{f"{name}_range": F.col(name) < 0 for name in ("quantity", "sales_usd", "discount_usd")},
        "order_line_id_form": ~F.col("order_line_id").rlike("^[0-9]+-[0-9]+$"),
        "ordered_at_range": F.col("ordered_at") < F.lit("2016-01-01").cast("timestamp"),
        "order_of_dates": F.col("updated_at") < F.col("ordered_at"),
    }
