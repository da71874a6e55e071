"""The same batch merged without Spark: by delta-rs into a Delta table, and by DuckDB into a table of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.late.data import EVENT, KEYS, LAST_DAY, SEQUENCE, WINDOW_DAYS, connection

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_BY_KEY = " AND ".join(f"t.{key} = s.{key}" for key in KEYS)
SUMS = "SELECT count(*), sum(l_quantity), sum(l_extendedprice) FROM {}"
_NEWEST = f"QUALIFY row_number() OVER (PARTITION BY {', '.join(KEYS)} ORDER BY {SEQUENCE} DESC) = 1"


def merge_delta_rs(table: Path, batch: Path) -> None:
    """Merge the batch into a Delta table within the window; where the batch has older rows, also within their days."""
    from deltalake import DeltaTable  # noqa: PLC0415 - not every process of the benchmark needs it

    with connection() as duck:
        rows = duck.sql(f"SELECT * FROM '{batch}' {_NEWEST}").to_arrow_table()
        where = _window(duck, batch, lambda day: f"arrow_cast('{day}', 'Date32')")
    merge = DeltaTable(str(table)).merge(rows, f"{_BY_KEY} AND {where}", source_alias="s", target_alias="t")
    merge = merge.when_matched_update_all(predicate=f"s.{SEQUENCE} > t.{SEQUENCE}").when_not_matched_insert_all()
    merge.execute()


def merge_duckdb(database: Path, batch: Path) -> None:
    """Merge the batch into the table `lineitem` of a database file, and leave the file whole."""
    with connection(str(database)) as duck:
        where = _window(duck, batch, lambda day: f"DATE '{day}'")
        duck.execute(
            f"MERGE INTO lineitem t USING (SELECT * FROM '{batch}' {_NEWEST}) s ON {_BY_KEY} AND {where} "
            f"WHEN MATCHED AND s.{SEQUENCE} > t.{SEQUENCE} THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )
        duck.execute("CHECKPOINT")


def begin_duckdb(database: Path, history: Path) -> None:
    """Make the database with the history."""
    with connection(str(database)) as duck:
        duck.execute(f"CREATE TABLE lineitem AS SELECT * FROM '{history}'")


def sums_of_duckdb(database: Path) -> tuple[object, ...]:
    """Return count and sums of the table of a database file."""
    with connection(str(database)) as duck:
        return _told(duck, "lineitem")


def sums_of_delta(table: Path) -> tuple[object, ...]:
    """Return count and sums of a Delta table."""
    from deltalake import DeltaTable  # noqa: PLC0415 - not every process of the benchmark needs it

    with connection() as duck:
        duck.register("result", DeltaTable(str(table)).to_pyarrow_dataset())
        return _told(duck, "result")


def _told(duck: duckdb.DuckDBPyConnection, table: str) -> tuple[object, ...]:
    return tuple(map(str, duck.execute(SUMS.format(table)).fetchone() or ()))


def _window(duck: duckdb.DuckDBPyConnection, batch: Path, literal: object) -> str:
    first = f"DATE '{LAST_DAY}' - {WINDOW_DAYS}"
    older = duck.execute(f"SELECT DISTINCT {EVENT} FROM '{batch}' WHERE {EVENT} < {first}").fetchall()
    (boundary,) = duck.execute(f"SELECT CAST({first} AS DATE)").fetchone()
    days = ", ".join(literal(day) for (day,) in older)
    return f"(t.{EVENT} >= {literal(boundary)}" + (f" OR t.{EVENT} IN ({days}))" if days else ")")
