"""TPC-H orders and their lines as they are, with 0.5 % of each fault, and with 5 % bad rows; made once, kept."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.late.data import connection

TABLES = ("orders", "lineitem")
KINDS = ("clean", "faults", "bad")
# One row of so many has the fault, each fault in rows of its own; in `bad`, one of twenty has one of them.
_ONE_OF = 200
_BAD_ONE_OF = 20
_KEYS = {"orders": ("o_orderkey",), "lineitem": ("l_orderkey", "l_linenumber")}
# What a faulty row has instead, by column.
_FAULTS = {
    "orders": {
        "o_custkey": "NULL",
        "o_orderstatus": "'X'",
        "o_totalprice": "-1",
        "o_clerk": "'nobody'",
    },
    "lineitem": {
        "l_orderkey": "l_orderkey + 1000000000",  # no such order
        "l_partkey": "NULL",
        "l_quantity": "99",
        "l_extendedprice": "-1",
        "l_discount": "0.5",
        "l_tax": "0.9",
        "l_returnflag": "'X'",
        "l_linestatus": "'X'",
        "l_shipdate": "NULL",
        "l_receiptdate": "l_shipdate - 40",
        "l_shipinstruct": "'none'",
        "l_shipmode": "'CART'",
    },
}


@dataclass(frozen=True)
class Data:
    """The files of the benchmark below one folder.

    Attributes:
        folder: The folder, on a disk with 3 GB for scale 1.
        scale: TPC-H's scale factor; 1 has 1.5 million orders with 6 million lines.
    """

    folder: Path
    scale: float

    @property
    def made(self) -> Path:
        """What TPC-H's own tool has made."""
        return self.folder / f"tpch-{self.scale:g}"

    def table(self, kind: str, name: str) -> Path:
        """Return the file of a table: `clean`, with `faults`, or `bad`."""
        return self.folder / f"quality-{self.scale:g}" / f"{name}-{kind}.parquet"


def prepare(data: Data) -> None:
    """Make the tables, each where it is not there."""
    for name in TABLES:
        for kind in KINDS:
            path = data.table(kind, name)
            if path.exists():
                continue
            _generate(data)
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_suffix(".half")
            with connection() as duck:
                duck.execute(f"CREATE VIEW made AS SELECT * FROM '{data.made / name}.parquet'")
                duck.execute(f"COPY ({_rows(name, kind)}) TO '{half}' (FORMAT parquet, COMPRESSION zstd)")
            half.rename(path)


def _rows(name: str, kind: str) -> str:
    if kind == "clean":
        return "SELECT * FROM made"
    faults, number = _FAULTS[name], f"hash({', '.join(_KEYS[name])})"
    step = _ONE_OF if kind == "faults" else _BAD_ONE_OF * len(faults)
    replaced = ", ".join(
        f"CASE WHEN {number} % {step} = {place} THEN CAST({wrong} AS {_type(column)}) ELSE {column} END AS {column}"
        for place, (column, wrong) in enumerate(faults.items())
    )
    rows = f"SELECT * REPLACE ({replaced}) FROM made"
    # A row that comes twice, with another comment.
    comment = f"{name[0]}_comment"
    twice = f"SELECT * REPLACE ('twice' AS {comment}) FROM made WHERE {number} % {_ONE_OF} = {_ONE_OF - 1}"
    return f"({rows}) UNION ALL ({twice})" if kind == "faults" else rows


def _type(column: str) -> str:
    _, _, name = column.partition("_")
    if name.endswith("key"):
        return "BIGINT"
    if name.endswith("date"):
        return "DATE"
    return "VARCHAR" if name[-4:] in {"flag", "atus", "ruct", "mode", "lerk"} else "DECIMAL(15, 2)"


def _generate(data: Data) -> None:
    if all((data.made / f"{name}.parquet").exists() for name in TABLES):
        return
    data.made.mkdir(parents=True, exist_ok=True)
    tool = Path(sys.executable).with_name("tpchgen-cli")
    command = [str(tool), "parquet", "-s", f"{data.scale:g}", "--tables", ",".join(TABLES)]
    subprocess.run([*command, "--output-dir", str(data.made)], check=True)
