"""TPC-H order lines cut into a history and the batch of the day after it, and events of parts; made once, kept."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

LAST_DAY = "1998-07-31"
WINDOW_DAYS = 3
KEYS = ("l_orderkey", "l_linenumber")
EVENT = "l_shipdate"
SEQUENCE = "l_updated_at"
LATE_ROWS = 590
# Their late rows are as many as wait before a run merges them (`maintenance.fold_rows`: 100,000), but for one batch.
FOLDED_BATCHES = 169
SMALL = 1_000
SCENARIOS = ("on-time", "inside", "late", "many-late")
PARTS = 200_000

_WINDOW = f"{EVENT} >= DATE '{LAST_DAY}' - {WINDOW_DAYS} AND {EVENT} <= DATE '{LAST_DAY}'"
# Order lines of the last days that have not arrived when the history ends: two of five.
_HELD_BACK = f"({_WINDOW} AND hash(l_orderkey, l_linenumber) % 10 < 4)"
# A row as it is after a change on the day after the last.
_CHANGED = (
    "SELECT * REPLACE (CAST(l_quantity + 1 AS DECIMAL(15, 2)) AS l_quantity, "
    "CAST(l_extendedprice * 1.05 AS DECIMAL(15, 2)) AS l_extendedprice, "
    f"CAST(TIMESTAMP '{LAST_DAY} 12:00:00' + INTERVAL 1 DAY AS TIMESTAMPTZ) AS {SEQUENCE})"
)

_START = "TIMESTAMP '2024-01-01 00:00:00'"
_VALUES = (
    "CAST(hash(part_id, changed_at) % 7 AS INT) AS supplier_id, CAST(hash(changed_at, part_id) % 900 AS INT) AS price"
)
# When events are, and the parts that have them: the ranges from, to, and step of their numbers.
_EVENTS = {
    "past": (
        (f"{_START} + to_seconds(CAST(hash(i) % 86400 AS BIGINT))", (0, PARTS)),
        (f"{_START} + to_days(30) + to_seconds(CAST(hash(i) % 8000000 AS BIGINT))", (0, PARTS, 5)),
        (f"{_START} + to_days(150) + to_seconds(CAST(hash(i) % 4000000 AS BIGINT))", (0, PARTS, 5)),
    ),
    "batch": (
        (f"{_START} + to_days(210) + to_seconds(CAST(hash(i) % 86400 AS BIGINT))", (0, PARTS * 95 // 100, 10)),
        (f"{_START} + to_days(20) + to_seconds(CAST(hash(-i) % 8000000 AS BIGINT))", (5, PARTS // 2 + 5, 100)),
    ),
}


@dataclass(frozen=True)
class Data:
    """The files of the benchmark below one folder.

    Attributes:
        folder: The folder, on a disk with some 8 GB for 30 million rows.
        scale: TPC-H's scale factor of the order lines; 5.2 has 30 million until the last day.
    """

    folder: Path
    scale: float

    @property
    def lines(self) -> Path:
        """All order lines as TPC-H makes them."""
        return self.folder / f"lineitem-{self.scale:g}" / "lineitem.parquet"

    def of(self, rows: int) -> Path:
        """Return the folder for a history of that many rows."""
        return self.folder / f"rows-{rows}-of-{self.scale:g}"

    def history(self, rows: int) -> Path:
        """Return the history: the last rows until the last day, less what has not arrived."""
        return self.of(rows) / "history.parquet"

    def batch(self, rows: int, scenario: str) -> Path:
        """Return the batch of the day after.

        `on-time`: the new day, what was held back, and changes of rows in the window. `inside` has 590 changes more in
        the window. `late` has 590 changes more of rows scattered over all the history before it, `many-late` as
        many as come with the batches after which a run merges what waits.
        """
        return self.of(rows) / f"batch-{scenario}.parquet"

    def events(self, part: str) -> Path:
        """Return events of parts: `past`, or the `batch` of which 5 % is older than what the past knows of its part."""
        return self.folder / "parts" / f"{part}.parquet"


def prepare(data: Data, rows: int) -> None:
    """Make the history of that many rows and its batches, each where it is not there."""
    missing = [scenario for scenario in SCENARIOS if not data.batch(rows, scenario).exists()]
    if not missing:
        return
    _generate(data)
    data.of(rows).mkdir(parents=True, exist_ok=True)
    with connection() as duck:
        moment = f"CAST({EVENT} + INTERVAL 6 HOUR AS TIMESTAMPTZ) AS {SEQUENCE}"
        duck.execute(f"CREATE VIEW lines AS SELECT *, {moment} FROM '{data.lines}'")
        if not data.history(rows).exists():
            _write(duck, _small(rows) if rows <= SMALL else _long(duck, data, rows), data.history(rows))
        duck.execute(f"CREATE VIEW history AS SELECT * FROM '{data.history(rows)}'")
        batches = _small_batches(rows) if rows <= SMALL else _batches(data, rows)
        for scenario in missing:
            _write(duck, batches[scenario], data.batch(rows, scenario))


def _long(duck: duckdb.DuckDBPyConnection, data: Data, rows: int) -> str:
    """Return the rows of the last whole days that have so many, less what has not arrived."""
    counted = f"SELECT {EVENT} AS day, count(*) AS n FROM lines WHERE {EVENT} <= DATE '{LAST_DAY}' GROUP BY 1"
    summed = f"SELECT day, sum(n) OVER (ORDER BY day DESC) AS total FROM ({counted})"
    (first,) = duck.execute(f"SELECT max(day) FROM ({summed}) WHERE total >= {rows}").fetchone() or (None,)
    if first is None:
        raise SystemExit(f"scale {data.scale} has too few order lines for {rows} rows")
    days = f"{EVENT} BETWEEN DATE '{first}' AND DATE '{LAST_DAY}'"
    return f"SELECT * FROM lines WHERE {days} AND NOT {_HELD_BACK} ORDER BY {EVENT}, {', '.join(KEYS)}"


def _batches(data: Data, rows: int) -> dict[str, str]:
    new = f"SELECT * FROM lines WHERE {EVENT} = DATE '{LAST_DAY}' + 1 OR {_HELD_BACK}"
    changed = f"{_CHANGED} FROM history WHERE {_WINDOW} AND hash(l_linenumber, l_orderkey) % 100 < 80"
    inside = f"{_CHANGED} FROM history WHERE {_WINDOW} AND hash(l_linenumber, l_orderkey) % 100 >= 80"
    late = f"{_CHANGED} FROM history WHERE NOT ({_WINDOW}) ORDER BY hash(l_orderkey, l_linenumber)"
    on_time = f"SELECT * FROM '{data.batch(rows, 'on-time')}'"
    return {
        "on-time": f"({new}) UNION ALL ({changed})",
        "inside": f"{on_time} UNION ALL ({inside} LIMIT {LATE_ROWS})",
        "late": f"{on_time} UNION ALL ({late} LIMIT {LATE_ROWS})",
        "many-late": f"{on_time} UNION ALL ({late} LIMIT {FOLDED_BATCHES * LATE_ROWS})",
    }


def _small(rows: int) -> str:
    return f"SELECT * FROM lines WHERE {_WINDOW} ORDER BY {', '.join(KEYS)} LIMIT {rows}"


def _small_batches(rows: int) -> dict[str, str]:
    """Return a batch of as many rows, half of them changes, for every scenario the same."""
    new = f"SELECT * FROM ({_small(2 * rows)}) LIMIT {rows // 2} OFFSET {rows}"
    batch = f"({_CHANGED} FROM history LIMIT {rows // 2}) UNION ALL ({new})"
    return dict.fromkeys(SCENARIOS, batch)


def prepare_parts(data: Data) -> None:
    """Make events of 200,000 parts: one or two each in the past, and 20,000 in the batch, 5 % of them out of order."""
    if data.events("batch").exists():
        return
    data.events("batch").parent.mkdir(parents=True, exist_ok=True)
    with connection() as duck:
        for part, events in _EVENTS.items():
            rows = " UNION ALL ".join(
                f"SELECT i AS part_id, CAST({moment} AS TIMESTAMPTZ) AS changed_at FROM range{of} t(i)"
                for moment, of in events
            )
            _write(duck, f"SELECT *, {_VALUES} FROM ({rows})", data.events(part))


def connection(path: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """Return a connection to DuckDB, by default to nothing but memory."""
    import duckdb  # noqa: PLC0415 - of the group `bench`

    return duckdb.connect(path)


def _generate(data: Data) -> None:
    if data.lines.exists():
        return
    data.lines.parent.mkdir(parents=True, exist_ok=True)
    tool = Path(sys.executable).with_name("tpchgen-cli")
    command = [str(tool), "parquet", "-s", str(data.scale), "--tables", "lineitem"]
    subprocess.run([*command, "--output-dir", str(data.lines.parent)], check=True)


def _write(duck: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
    half = path.with_suffix(".half")
    duck.execute(f"COPY ({rows}) TO '{half}' (FORMAT parquet, COMPRESSION zstd)")
    half.rename(path)
