"""`python -m bench late`: what is measured, in which order, and what is made of it."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.contender import REPOSITORY, Contender
from bench.late.data import SCENARIOS, SMALL, Data, prepare, prepare_parts
from bench.late.plots import draw
from bench.late.tables import tables
from bench.late.worker import CONTENDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RESULTS = REPOSITORY / "bench" / "results"
PARTS = ("upsert", "late", "defer", "small", "scd2", "find-new")
MILLION = 1_000_000
LATE_ROWS = 6 * MILLION
HUGE = 10 * MILLION
_LATE = {
    "inside": ("tidegate-delta", "tidegate-iceberg"),
    "late": ("tidegate-delta", "tidegate-iceberg", "expert-delta"),
}
_DEFERRING = ("deferring-delta", "deferring-iceberg")
_PLAIN = ("plain-delta", "plain-iceberg")
HOME = {name: process for process, names in CONTENDERS.items() for name in names}


@dataclass(frozen=True)
class Cell:
    """One thing that is measured several times.

    Attributes:
        process: The process that does it.
        task: What the process is asked for.
        contender: Who does it.
        rows: Length of the history.
        scenario: Which batch.
        repeats: How often it is measured.
        warmups: How often it is done before.
    """

    process: str
    task: str
    contender: str
    rows: int
    scenario: str
    repeats: int
    warmups: int = 1


def main(argv: Sequence[str]) -> None:
    """Measure, and write `late.json`, the tables and the plots to `bench/results/`."""
    options = _options(argv)
    data = Data(Path(options.folder), options.scale)
    cells = plan([int(rows * MILLION) for rows in options.rows], options.only, options.repeats)
    for rows in {cell.rows for cell in cells} - {0}:
        prepare(data, rows)
    prepare_parts(data)
    shutil.rmtree(data.folder / "work", ignore_errors=True)
    processes = {name: Contender(name, "bench.late.worker") for name in {cell.process for cell in cells} | {"tuned"}}
    make_tables(cells, processes, data)
    if options.prepare_only:
        records: list[dict[str, Any]] = []
    else:
        records = measure(cells, processes, data, is_warming=not options.cold)
    for process in processes.values():
        process.stop()
    if records:
        results = {"repeats": options.repeats, "scale": options.scale, "machine": _machine(), "records": records}
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "late.json").write_text(json.dumps(results, indent=0) + "\n")
        draw(records, RESULTS)
        sys.stdout.write(tables(records) + "\n")


def plan(sizes: Sequence[int], only: Iterable[str], repeats: int) -> list[Cell]:
    """Return what is measured.

    The plain MERGE of a huge table, and merging what waits beside one, are done twice: they take minutes, and nothing
    turns on their last percent.
    """
    cells = []
    if "upsert" in only:
        cells += [_merge(name, rows, repeats) for name in HOME for rows in sizes]
    if "late" in only:
        rows = min(max(sizes), LATE_ROWS)
        cells += [Cell("tuned", "upsert", name, rows, kind, repeats) for kind, names in _LATE.items() for name in names]
    if "defer" in only:
        for rows in [size for size in sizes if size >= LATE_ROWS] or sizes[-1:]:
            cells += [_merge(name, rows, repeats, "late") for name in (*_DEFERRING, *_PLAIN)]
            cells += [_slow(Cell("tuned", "fold", name, rows, "many-late", repeats)) for name in _DEFERRING]
    if "small" in only:
        cells += [Cell(HOME[name], "upsert", name, SMALL, "on-time", 2 * repeats, 3) for name in HOME]
    if "scd2" in only:
        cells += [Cell("tuned", "scd2", name, 0, "", repeats, 2) for name in ("tidegate", "union")]
    if "find-new" in only:
        cells.append(Cell("tuned", "find-new", "tidegate-delta", SMALL, "", repeats))
    return cells


def _merge(name: str, rows: int, repeats: int, scenario: str = "on-time") -> Cell:
    cell = Cell(HOME.get(name, "tuned"), "upsert", name, rows, scenario, repeats)
    return _slow(cell) if cell.process == "default" else cell


def _slow(cell: Cell) -> Cell:
    """Return the cell as it is done to a huge table: seldom, and without warming up."""
    return replace(cell, repeats=min(cell.repeats, 2), warmups=0) if cell.rows > HUGE else cell


def make_tables(cells: Sequence[Cell], processes: dict[str, Contender], data: Data) -> None:
    """Let the contenders make their tables, each where it is not kept from an earlier time."""
    merged = [cell for cell in cells if cell.task in {"upsert", "fold"}]
    makers = ("tidegate-delta", "tidegate-iceberg", "plain-delta", "duckdb")
    for rows in sorted({cell.rows for cell in merged}):
        for maker in makers:
            if HOME[maker] in processes:
                processes[HOME[maker]].run("prepare", contender=maker, rows=rows, scenario=SCENARIOS[0], **_place(data))


def measure(
    cells: Sequence[Cell], processes: dict[str, Contender], data: Data, *, is_warming: bool = True
) -> list[dict[str, Any]]:
    """Return every measurement: first the rounds to warm up, then round by round what is left, in shuffled order."""
    order = random.Random(11)  # noqa: S311 - an order, not a secret
    records: list[dict[str, Any]] = []
    start = time.perf_counter()
    first, last = -max(cell.warmups for cell in cells) if is_warming else 0, max(cell.repeats for cell in cells)
    for number in range(first, last):
        due = [cell for cell in cells if -cell.warmups <= number < cell.repeats]
        for cell in order.sample(due, len(due)):
            told = {"contender": cell.contender, "rows": cell.rows, "scenario": cell.scenario}
            found = processes[cell.process].run(cell.task, **told, **_place(data))
            records.append({"task": cell.task, **told, "round": number, **found})
            said = f"{cell.task} {cell.contender} {cell.rows} {cell.scenario}"
            took = f"wall {found['wall']:.2f} cpu {found['cpu']:.2f} jobs {found['jobs']}"
            sys.stderr.write(f"{time.perf_counter() - start:6.0f} s  round {number:2}  {said}: {took}\n")
    _check_equal(records)
    return [record for record in records if record["round"] >= 0]


def _check_equal(records: Sequence[dict[str, Any]]) -> None:
    """Assert that all contenders have made the same table of the same batch.

    Raises:
        SystemExit: They have not, so their seconds say nothing.
    """
    found: dict[tuple[Any, ...], dict[str, list[str]]] = {}
    for record in records:
        if record["task"] in {"upsert", "fold"}:
            made = found.setdefault((record["rows"], record["scenario"]), {})
            made.setdefault(str(record["made"]), []).append(record["contender"])
    unequal = {key: made for key, made in found.items() if len(made) > 1}
    if unequal:
        raise SystemExit(f"the contenders' tables differ: {unequal}")


def _place(data: Data) -> dict[str, Any]:
    return {"folder": str(data.folder), "scale": data.scale}


def _machine() -> dict[str, object]:
    return {"cores": os.cpu_count(), "load": os.getloadavg()[0]}


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench late", allow_abbrev=False)
    parser.add_argument("--rows", type=float, nargs="+", default=[1, 6, 30], help="lengths of history, in millions")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help=f"of {','.join(PARTS)}")
    parser.add_argument(
        "--scale", type=float, default=5.2, help="TPC-H scale factor; 5.2 has 30 million rows of history"
    )
    parser.add_argument("--folder", default=str(Path.home() / ".cache" / "tidegate" / "bench"), help="for the data")
    parser.add_argument("--cold", action="store_true", help="without rounds to warm up: to see that all works")
    parser.add_argument("--prepare-only", action="store_true", help="make data and tables, and measure nothing")
    options = parser.parse_args(argv)
    unknown = set(options.only) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options
