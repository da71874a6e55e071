"""A small project whose pipeline is a file: bronze in Parquet, silver in Delta, gold in Iceberg, and one in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = """
name: shop
description: Orders from files to gold.
jobs:
  - gold.checked
  - job: gold.orders
    on_failure: roll_back
    input: {type: new, table: silver.orders}
    steps:
      - {type: select_columns, columns: [order_id, state, placed_at, updated_at]}
      - {type: standardize_case, columns: [state]}
    write: {type: upsert, keys: [order_id], sequence_by: updated_at, late: {column: placed_at, days: 30}}
  - job: silver.orders
    input: {type: new, table: bronze.orders}
    steps:
      - {type: trim_strings}
      - {type: parse_timestamps, columns: [placed_at, updated_at]}
      - {type: cast_columns, types: {order_id: bigint}}
    write: {type: upsert, keys: [order_id], sequence_by: updated_at, late: {column: placed_at, days: 30}}
  - job: bronze.orders
    input: {type: files, feed: orders, format: csv}
    write: {type: append}
"""

_FILES = {
    "config/base.yaml": """
project: {name: shop}
storage:
  root: lake
  layers: {bronze: {format: parquet}, silver: {format: delta}, gold: {format: iceberg}, quarantine: {format: parquet}}
landing: {root: landing}
run: {staging: memory, parallel_jobs: 1}
lineage: {enabled: false}
""",
    "config/local.yaml": "{}",
    "config/pipelines/shop.yaml": PIPELINE,
    "jobs/checked.py": '''
"""Gold: orders that were looked at."""

from pathlib import Path

from tidegate import LateWindow, New, Output, Pipeline, SparkJob, Step, Upsert, entrypoint


class Checked(SparkJob):
    """Orders that were looked at."""

    inputs = {"orders": New("gold.orders")}
    output = Output(
        "gold.checked", Upsert(keys=("order_id",), sequence_by="updated_at", late=LateWindow("placed_at", days=30))
    )

    def transform(self, inputs):
        """Return the orders, unless something is wrong."""
        if Path("FOLDER/wrong").exists():
            raise RuntimeError("something is wrong")
        return inputs["orders"].select("order_id", "state", "placed_at", "updated_at")


JOB = entrypoint(Checked)
PIPELINE = Pipeline(
    [Step(Checked, on_failure="roll_back"), "gold.orders", "silver.orders", "bronze.orders"], name="all"
)
''',
}


def contract(table: str, types: dict[str, str], key: str | None) -> str:
    name = table.partition(".")[2]
    columns = [
        f"      - {{name: {column}, physicalType: {kind}"
        + (", required: true, primaryKey: true, primaryKeyPosition: 1}" if column == key else ", required: true}")
        for column, kind in types.items()
    ]
    head = f"apiVersion: v3.1.0\nkind: DataContract\nid: {table}\nname: {name}\nversion: 1.0.0\nstatus: active\n"
    return "\n".join([f"{head}schema:", f"  - name: {name}", "    properties:", *columns, ""])


def write_project(folder: Path) -> None:
    """Write the project into a folder."""
    typed = {"order_id": "bigint", "state": "string", "placed_at": "timestamp", "updated_at": "timestamp"}
    texts = dict.fromkeys(typed, "string")
    files = dict(_FILES)
    for table, types, key in (
        ("bronze.orders", texts, None),
        ("silver.orders", typed, "order_id"),
        ("gold.orders", typed, "order_id"),
        ("gold.checked", typed, "order_id"),
    ):
        layer, _, name = table.partition(".")
        files[f"contracts/{layer}/{name}.odcs.yaml"] = contract(table, types, key)
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text.replace("FOLDER", str(folder)))


def land(folder: Path, name: str, *rows: str) -> None:
    """Let a file arrive."""
    place = folder / "landing" / "orders" / f"{name}.csv"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(["order_id,state,placed_at,updated_at", *rows, ""]))


def order(number: int, state: str, day: int, *, changed: int | None = None) -> str:
    """Return a line of a file: an order of a day of January 2024, as it was on that day or when it had changed."""
    return f"{number},{state},2024-01-{day:02d}T00:00:00Z,2024-01-{changed or day:02d}T00:00:00Z"
