"""`make bench`: tidegate, the expert's script and the plain one on the same days, interleaved, as ratios."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from jobs._landing import LandingSettings, land

from bench.contender import REPOSITORY, Contender
from bench.lineage import main as measure_lineage
from bench.storage import main as measure_storage

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENDERS = ("tidegate", "expert", "plain")
GATES = ("bare", "ungated", "gated")
HISTORY = date(2017, 11, 30)
RESULTS = REPOSITORY / "bench" / "results"


def main(argv: Sequence[str]) -> None:
    """Measure a day of the reference data, and write `daily.json`; or `late`, `lineage`, `quality` or `storage`."""
    if argv[:1] == ["storage"]:
        measure_storage(argv[1:])
        return
    if argv[:1] == ["late"]:
        from bench.late.plan import main as measure_late  # noqa: PLC0415 - needs the group `bench`

        measure_late(argv[1:])
        return
    if argv[:1] == ["quality"]:
        from bench.quality.plan import main as measure_quality  # noqa: PLC0415 - as above

        measure_quality(argv[1:])
        return
    if argv[:1] == ["lineage"]:
        measure_lineage(argv[1:], HISTORY)
        return
    parser = argparse.ArgumentParser(prog="bench", allow_abbrev=False)
    parser.add_argument("--households", type=int, default=None, help="only so many households; all by default")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(argv)
    settings = LandingSettings(households=options.households)
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        results = measure(Path(folder), settings, options.repeats)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "daily.json").write_text(json.dumps(results, indent=1) + "\n")
    sys.stdout.write(table(results) + "\n")


def measure(folder: Path, settings: LandingSettings, repeats: int) -> dict[str, object]:
    """Return every measurement: the history once per contender, then the same day `repeats` times in shuffled order."""
    landing = folder / "landing"
    land(landing, through=HISTORY, settings=settings)
    contenders = [Contender(name) for name in CONTENDERS]
    initial = {one.name: [one.run("load", landing=str(landing), lake=str(folder / one.name))] for one in contenders}
    land(landing, through=settings.arrival_day(1), settings=settings)
    daily: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    order = random.Random(7)  # noqa: S311 - an order, not a secret
    for repeat in range(repeats + 1):
        for one in order.sample(contenders, len(contenders)):
            lake = folder / f"{one.name}-{repeat}"
            shutil.copytree(folder / one.name, lake)
            found = one.run("load", landing=str(landing), lake=str(lake))
            if repeat:  # the first round warms up
                daily[one.name].append(found)
            shutil.rmtree(lake)
    gate: dict[str, list[dict[str, float]]] = {kind: [] for kind in GATES}
    for repeat in range(repeats + 1):
        for kind in order.sample(GATES, len(GATES)):
            found = contenders[0].run(kind, landing=str(landing), lake=str(folder / "tidegate"))
            if repeat:
                gate[kind].append(found)
    for one in contenders:
        one.stop()
    return {"households": settings.households, "repeats": repeats, "initial": initial, "daily": daily, "gate": gate}


def table(results: dict[str, object]) -> str:
    """Return the medians and ratios as a Markdown table."""
    lines = ["| load | contender | wall s | CPU s | wall ÷ first | CPU ÷ first |", "|---|---|---|---|---|---|"]
    for load in ("initial", "daily", "gate"):
        found: dict[str, list[dict[str, float]]] = results[load]  # type: ignore[assignment]
        middle = {
            name: {kind: median(run[kind] for run in runs) for kind in ("wall", "cpu")} for name, runs in found.items()
        }
        first = next(iter(middle.values()))
        for name, seconds in middle.items():
            ratios = [seconds[kind] / first[kind] for kind in ("wall", "cpu")]
            lines.append(
                f"| {load} | {name} | {seconds['wall']:.1f} | {seconds['cpu']:.1f} "
                f"| {ratios[0]:.2f} | {ratios[1]:.2f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
