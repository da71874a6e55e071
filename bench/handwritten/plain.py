"""The same steps as most people write them: Spark's and Delta's defaults, and a MERGE on the key alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delta.tables import DeltaTable

from bench.handwritten.expert import Expert

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Plain(Expert):
    """The expert's steps without what the expert knows: no bounded merge, no deletion vectors, no tuned session."""

    def _merge(self, good: DataFrame, name: str, batch: int, condition: str) -> None:
        del batch
        keys = condition.partition(" AND (")[0]
        target = DeltaTable.forPath(self.spark, str(self.lake / "silver" / name)).alias("t")
        newer = "s.updated_at > t.updated_at"
        target.merge(good.alias("s"), keys).whenMatchedUpdateAll(condition=newer).whenNotMatchedInsertAll().execute()

    def append(self, rows: DataFrame, path: str, name: str, batch: int) -> None:
        """Append a batch; orders need the change feed, everything else is as Delta has it."""
        del name, batch
        if not DeltaTable.isDeltaTable(self.spark, path):
            table = DeltaTable.create(self.spark).location(path).addColumns(rows.schema)
            table.property("delta.enableChangeDataFeed", "true").execute()
        rows.write.format("delta").mode("append").save(path)
