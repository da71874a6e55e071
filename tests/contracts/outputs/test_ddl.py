"""What DDL makes is the contract's table, whatever names and texts are made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contracts.documents import document, read

from tidegate.contracts import load_contracts
from tidegate.contracts.outputs.ddl import create_table
from tidegate.contracts.schemas import spark_schema
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from tidegate.model.contracts import Contract

ROOT = Path(__file__).parents[3]
ODD = read(
    document(
        r"""
        description: "It's a \"table\" -- with\nlines; \\ and 🌊."
        properties:
        - {name: a.b, physicalType: int, required: true, description: "A 'quoted' one, C:\\new."}
        - name: back`tick
          physicalType: "struct<`x y`:int,z:array<string>>"
        - name: with space
          physicalType: string
          description: "; DROP TABLE x; --"
          quality:
          - id: "odd; 'id' `1`"
            type: custom
            engine: tidegate
            implementation: {rule: pattern, pattern: "^[a-z'\\\\]+$"}
          - id: "told\nin a comment"
            severity: warn
            type: custom
            engine: tidegate
            implementation: {rule: length, max: 9}
        - name: 🌊
          physicalType: double
          quality: [{type: custom, engine: tidegate, implementation: {rule: between, min: 0}}]
        """
    )
)


def statements(text: str) -> Iterator[str]:
    """Yield the statements of a file of SQL, its comments left out."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    yield from filter(None, (part.strip() for part in "\n".join(lines).split(";\n")))


def test_constraints_are_those_of_the_contract() -> None:
    text = create_table(ODD, "delta")
    assert [line.partition(" CHECK ")[0] for line in text.splitlines() if line.startswith("ALTER")] == [
        "ALTER TABLE `silver`.`orders` ADD CONSTRAINT `odd; 'id' ``1```",
        "ALTER TABLE `silver`.`orders` ADD CONSTRAINT `🌊_is_in_range`",
    ]
    assert "-- told in a comment (warn): char_length(`with space`) <= 9\n" in text
    assert r"COMMENT 'A \'quoted\' one, C:\\new.'" in text
    assert "ALTER" not in create_table(ODD, "parquet")
    assert text.count("NOT NULL") == 1


@pytest.mark.spark
def test_spark_makes_every_table_as_its_contract_says(spark: SparkSession, tmp_path: Path) -> None:
    book = load_contracts(str(ROOT / "contracts"))
    spark.sql(f"CREATE DATABASE ddl LOCATION '{tmp_path}/ddl'")
    try:
        for number, table in enumerate(book.tables):
            make(spark, book.get(table), "parquet", f"t{number}")
        lines = book.get(TableName("silver", "order_lines"))
        for name, contract in (("odd", ODD), ("lines", lines)):
            checks = make(spark, contract, "delta", name)
            required = {column.name for column in contract.columns if column.required}
            assert required == {field.name for field in spark.table(f"ddl.{name}").schema.fields if not field.nullable}
            kept = spark.sql(f"SHOW TBLPROPERTIES ddl.{name}").where("key LIKE 'delta.constraints.%'").collect()
            assert len(kept) == checks > 0
    finally:
        spark.sql("DROP DATABASE ddl CASCADE")


def make(spark: SparkSession, contract: Contract, table_format: str, name: str) -> int:
    """Make the table of a contract in the database `ddl` and look at it; return how many constraints it was given."""
    usual = f"`{contract.table.layer}`.`{contract.table.dataset}`"
    create, *checks = statements(create_table(contract, table_format).replace(usual, f"`ddl`.`{name}`"))
    for statement in (create, *checks):
        spark.sql(statement)
    fields = spark.table(f"ddl.{name}").schema.fields
    wanted = spark_schema(contract).fields
    assert [(field.name, field.dataType) for field in fields] == [(field.name, field.dataType) for field in wanted]
    assert [field.metadata.get("comment", "") for field in fields] == [
        column.description for column in contract.columns
    ]
    described = spark.sql(f"DESCRIBE TABLE EXTENDED ddl.{name}").collect()
    assert [row["data_type"] for row in described if row["col_name"] == "Comment"] == [contract.description]
    return len(checks)
