"""What lineage costs: the same day of the reference data with it and without it, in one process and session.

Any two runs differ by more than lineage could take. So one without it is run twice, which shows by how much two equal
runs differ, and a fourth run counts what lineage takes where it is taken.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from jobs._landing import LandingSettings, land

from bench.contender import REPOSITORY, Contender

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

WITH, WITHOUT, AGAIN, COUNTED = "load", "silent", "again", "counted"
TASKS = {WITH: "load", WITHOUT: "silent", AGAIN: "silent", COUNTED: "counted"}  # what the contender is told


def main(argv: Sequence[str], history: date) -> None:
    """Measure a day in pairs, write `bench/results/lineage.json` and print the table."""
    parser = argparse.ArgumentParser(prog="bench lineage", allow_abbrev=False)
    parser.add_argument("--households", type=int, default=None, help="only so many households; all by default")
    parser.add_argument("--repeats", type=int, default=12)
    options = parser.parse_args(argv)
    settings = LandingSettings(households=options.households)
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        pairs = measure(Path(folder), settings, history, options.repeats)
    results = {"households": options.households, "repeats": options.repeats, "pairs": pairs}
    (REPOSITORY / "bench" / "results" / "lineage.json").write_text(json.dumps(results, indent=1) + "\n")
    sys.stdout.write(table(pairs) + "\n")


def measure(folder: Path, settings: LandingSettings, history: date, repeats: int) -> list[dict[str, dict[str, float]]]:
    """Return per repeat the seconds of each, on a fresh copy of the lake, in an order by chance."""
    landing, lake = folder / "landing", folder / "lake"
    land(landing, through=history, settings=settings)
    contender = Contender("tidegate")
    contender.run("load", landing=str(landing), lake=str(lake))
    land(landing, through=settings.arrival_day(1), settings=settings)
    order, pairs = random.Random(7), []  # noqa: S311 - an order, not a secret
    for repeat in range(repeats + 2):
        pair = {}
        for task in order.sample(tuple(TASKS), len(TASKS)):
            copy = folder / "copy"
            shutil.copytree(lake, copy)
            found = contender.run(TASKS[task], landing=str(landing), lake=str(copy))
            pair[task] = {kind: found[kind] for kind in ("wall", "cpu")} | found["lineage"]
            shutil.rmtree(copy)
        if repeat > 1:  # the first two warm up
            pairs.append(pair)
    contender.stop()
    return pairs


def table(pairs: Sequence[dict[str, dict[str, float]]]) -> str:
    """Return the medians, and the quartiles of the ratios of the pairs, as a Markdown table."""
    quartiles = "quartiles of the pairs"
    lines = [
        f"| | with | without | with ÷ without, {quartiles} | without ÷ without, {quartiles} |",
        "|---|---|---|---|---|",
    ]
    for kind, name in (("wall", "wall s"), ("cpu", "CPU s")):
        ours, bare = (median(pair[task][kind] for pair in pairs) for task in (WITH, WITHOUT))
        told = (f"{low:.3f} · {middle:.3f} · {high:.3f}" for low, middle, high in _ratios(pairs, kind))
        lines.append(f"| {name} | {ours:.2f} | {bare:.2f} | {' | '.join(told)} |")
    counts = [pair[COUNTED] for pair in pairs]
    parts = {part: median(one[part] for one in counts) for part in counts[0] if part not in {"wall", "cpu"}}
    share = median(sum(one[part] for part in parts) / one["cpu"] for one in counts)
    told = ", ".join(f"{part} {1000 * seconds:.0f} ms" for part, seconds in parts.items())
    return "\n".join([*lines, "", f"Counted where it is taken: {100 * share:.2f} % of the CPU seconds ({told})"])


def _ratios(pairs: Sequence[dict[str, dict[str, float]]], kind: str) -> list[list[float]]:
    """Return the quartiles of a run as a multiple of one without lineage: with it, and another without."""
    return [quantiles((pair[task][kind] / pair[WITHOUT][kind] for pair in pairs), n=4) for task in (WITH, AGAIN)]
