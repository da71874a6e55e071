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
    from collections.abc import Iterator, Sequence

RESULTS = REPOSITORY / "bench" / "results"
Cell: TypeAlias = "tuple[str, str, str]"
Record: TypeAlias = "dict[str, Any]"

# Task, data, who or what kind.
CELLS: dict[str, tuple[Cell, ...]] = {
    "rules": tuple(product(("rules",), ("clean", "faults"), ("tidegate", "gx", "pandera", "pydeequ"))),
    "copy": tuple(
        product(("copy",), ("clean", "bad"), ("ungated", "bare", "rows", "rows-4", "integer-keys", "text-keys"))
    ),
    "daily": tuple(product(("daily",), ("clean",), ("ungated", "gated"))),
}
# Of the rows of the scale; a copy takes many times what judging does.
SHARES = {"copy": 0.2}
# What is wanted of the ratio to the first of a task and data, at most.
WANTED: dict[Cell, float] = {
    ("copy", "clean", "rows"): 1.05,
    ("copy", "clean", "integer-keys"): 1.20,
    ("copy", "clean", "text-keys"): 1.35,
    ("copy", "bad", "rows"): 1.25,
    ("copy", "bad", "text-keys"): 1.60,
    ("daily", "clean", "gated"): 1.10,
}
ROWS = 7_500_000  # orders and lines of scale 1
WANTED_SPEED = 2_000_000  # rows a second


def main(argv: Sequence[str]) -> None:
    """Measure, and write `quality.json` to `bench/results/` and a table to standard output."""
    options = _options(argv)
    data = Data(Path(options.folder), options.scale)
    for share in {1.0, *SHARES.values()}:
        prepare(Data(data.folder, data.scale * share))
    cells = [cell for part in options.only for cell in CELLS[part]]
    worker = Contender("quality", "bench.quality.worker")
    records: list[Record] = []
    for found in rounds(cells, worker, data, options.repeats):
        records += found
        _write(records, data.scale)
    sys.stdout.write(targets(records, data.scale) + "\n\n" + table(records) + "\n")
    worker.stop()


def _write(records: Sequence[Record], scale: float) -> None:
    """Keep what there is after each round, so that a run that is cut short has told what it knew.

    Parts that were not asked for stay as they are, where they are of the same scale.
    """
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "quality.json"
    before: Record = json.loads(file.read_text()) if file.exists() else {}
    asked = {record["task"] for record in records}
    kept = [one for one in before.get("records", []) if one["task"] not in asked and before.get("scale") == scale]
    told = {"repeats": 1 + max(record["round"] for record in records), "scale": scale, "shares": SHARES}
    file.write_text(json.dumps({**told, "records": [*kept, *records]}, indent=0) + "\n")


def rounds(cells: Sequence[Cell], worker: Contender, data: Data, repeats: int) -> Iterator[list[Record]]:
    """Yield the measurements of each round that counts, after one to warm up; each has an order of its own."""
    order = random.Random(5)  # noqa: S311 - an order, not a secret
    for number in range(-1, repeats):
        records = []
        for task, kind, contender in order.sample(cells, len(cells)):
            told = {"contender": contender, "data": kind}
            scale = data.scale * SHARES.get(task, 1)
            found = worker.run(task, **told, folder=str(data.folder), scale=scale)
            sys.stderr.write(f"round {number:2}  {task} {kind} {contender}: {found}\n")
            records.append({"task": task, **told, "round": number, **found})
        if number >= 0:
            yield records


def table(records: Sequence[Record]) -> str:
    """Return the medians as a Markdown table, with the ratio to the first of each task and data."""
    lines = [
        "| task | data | who | wall s | CPU s | jobs | wall ÷ first | CPU ÷ first |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (task, kind), found in _medians(records).items():
        first = next(iter(found.values()))
        lines += [
            f"| {task} | {kind} | {name} | {seconds['wall']:.2f} | {seconds['cpu']:.2f} | {seconds['jobs']:.0f} "
            f"| {seconds['wall'] / first['wall']:.2f} | {seconds['cpu'] / first['cpu']:.2f} |"
            for name, seconds in found.items()
        ]
    return "\n".join(lines)


def targets(records: Sequence[Record], scale: float) -> str:
    """Return what is wanted and what is so as a Markdown table; what misses its target is bold."""
    lines = ["| target | wanted | CPU | wall |", "|---|---|---|---|"]
    for (task, kind), found in _medians(records).items():
        first = next(iter(found.values()))
        if task == "rules":
            speed = ROWS * scale / first["wall"]
            told = f"{speed / 1e6:.2f}"
            shown = told if speed >= WANTED_SPEED else f"**{told}**"
            lines.append(f"| million rows a second, {kind} | ≥ {WANTED_SPEED / 1e6:g} | | {shown} |")
        pairs = {
            name: (f"{task}: {name} ÷ {next(iter(found))}", WANTED.get((task, kind, name)), seconds, first)
            for name, seconds in found.items()
        }
        if task == "rules" and "gx" in found:
            pairs = {"gx": ("tidegate ÷ Great Expectations", 0.25, first, found["gx"])}
        for label, most, ours, theirs in pairs.values():
            if most is not None:
                ratios = [ours[what] / theirs[what] for what in ("cpu", "wall")]
                cells = [f"{one:.2f}" if one <= most else f"**{one:.2f}**" for one in ratios]
                lines.append(f"| {label}, {kind} | ≤ {most:.2f} | {' | '.join(cells)} |")
        if {"rows", "rows-4"} <= found.keys():
            each = [(found["rows-4"][what] / found["rows"][what] - 1) / 36 for what in ("cpu", "wall")]
            cells = [f"{one:.1%}" if one < 0.01 else f"**{one:.1%}**" for one in each]
            lines.append(f"| each of 36 further row rules, {kind} | < 1 % | {' | '.join(cells)} |")
    return "\n".join(lines)


def _medians(records: Sequence[Record]) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
    """Return, per task and data, the medians of who did it, in the order of `CELLS`."""
    names = list(dict.fromkeys(cell for cells in CELLS.values() for cell in cells))
    groups: dict[tuple[str, str], dict[str, list[Record]]] = {}
    for record in sorted(records, key=lambda one: names.index((one["task"], one["data"], one["contender"]))):
        groups.setdefault((record["task"], record["data"]), {}).setdefault(record["contender"], []).append(record)
    return {
        key: {
            name: {what: median(run[what] for run in runs) for what in ("wall", "cpu", "jobs")}
            for name, runs in found.items()
        }
        for key, found in groups.items()
    }


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
