"""`python -m bench quality`: what is measured, in which order, and what is made of it."""

from __future__ import annotations

import argparse
import json
import random
import sys
from itertools import product
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, TypeAlias

from bench.contender import REPOSITORY, Contender
from bench.quality.data import Data, prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = REPOSITORY / "bench" / "results"
Cell: TypeAlias = "tuple[str, str, str]"
Record: TypeAlias = "dict[str, Any]"

# Task, data, who or what kind.
CELLS: dict[str, tuple[Cell, ...]] = {
    "rules": tuple(product(("rules",), ("clean", "faults"), ("tidegate", "gx", "pandera", "pydeequ"))),
    "copy": tuple(
        product(("copy",), ("clean", "bad"), ("bare", "ungated", "rows", "integer-keys", "text-keys", "rows-4"))
    ),
    "daily": tuple(product(("daily",), ("clean",), ("ungated", "gated"))),
}


def main(argv: Sequence[str]) -> None:
    """Measure, and write `quality.json` to `bench/results/` and a table to standard output."""
    options = _options(argv)
    data = Data(Path(options.folder), options.scale)
    prepare(data)
    cells = [cell for part in options.only for cell in CELLS[part]]
    worker = Contender("quality", "bench.quality.worker")
    records = measure(cells, worker, data, options.repeats)
    worker.stop()
    RESULTS.mkdir(exist_ok=True)
    told = {"repeats": options.repeats, "scale": options.scale, "records": records}
    (RESULTS / "quality.json").write_text(json.dumps(told, indent=0) + "\n")
    sys.stdout.write(table(records) + "\n")


def measure(cells: Sequence[Cell], worker: Contender, data: Data, repeats: int) -> list[Record]:
    """Return every measurement: a round to warm up, then the rounds that count, each in an order of its own."""
    order = random.Random(5)  # noqa: S311 - an order, not a secret
    records = []
    for number in range(-1, repeats):
        for task, kind, contender in order.sample(cells, len(cells)):
            told = {"contender": contender, "data": kind}
            found = worker.run(task, **told, folder=str(data.folder), scale=data.scale)
            sys.stderr.write(f"round {number:2}  {task} {kind} {contender}: {found}\n")
            if number >= 0:
                records.append({"task": task, **told, "round": number, **found})
    return records


def table(records: Sequence[Record]) -> str:
    """Return the medians as a Markdown table, with the ratio to the first of each task and data."""
    lines = [
        "| task | data | who | wall s | CPU s | jobs | wall ÷ first | CPU ÷ first |",
        "|---|---|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, str], dict[str, list[Record]]] = {}
    names = list(dict.fromkeys(cell for cells in CELLS.values() for cell in cells))
    for record in sorted(records, key=lambda one: names.index((one["task"], one["data"], one["contender"]))):
        groups.setdefault((record["task"], record["data"]), {}).setdefault(record["contender"], []).append(record)
    for (task, kind), found in groups.items():
        middle = {
            name: {what: median(run[what] for run in runs) for what in ("wall", "cpu", "jobs")}
            for name, runs in found.items()
        }
        first = next(iter(middle.values()))
        lines += [
            f"| {task} | {kind} | {name} | {seconds['wall']:.2f} | {seconds['cpu']:.2f} | {seconds['jobs']:.0f} "
            f"| {seconds['wall'] / first['wall']:.2f} | {seconds['cpu'] / first['cpu']:.2f} |"
            for name, seconds in middle.items()
        ]
    return "\n".join(lines)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench quality", allow_abbrev=False)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1, help="TPC-H scale factor; 1 has 7.5 million rows")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(CELLS), help=f"of {','.join(CELLS)}")
    parser.add_argument("--folder", default=str(Path.home() / ".cache" / "tidegate" / "bench"), help="for the data")
    options = parser.parse_args(argv)
    unknown = set(options.only) - set(CELLS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(CELLS)}")
    return options
