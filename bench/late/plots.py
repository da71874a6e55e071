"""The measurements as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.late.data import SMALL
from bench.late.tables import NAMES, Results, upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from bench.late.tables import Record

_COLORS = {"tidegate": "#0b6e99", "expert": "#6aa84f", "plain": "#cc4125", "delta-rs": "#674ea7", "duckdb": "#e69138"}
_TITLES = {"cpu": "CPU seconds", "wall": "seconds on the clock"}


def draw(records: Sequence[Record], folder: Path) -> None:
    """Draw what was measured: the cost of one batch over the length of history, and that of a thousand rows."""
    import matplotlib as mpl  # noqa: PLC0415 - of the group `bench`

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    results = Results(records)
    sizes = results.sizes()
    if len(sizes) > 1:
        figure, axes = plt.subplots(1, 2, figsize=(12, 5), sharey=True, layout="constrained")
        for axis, measure in zip(axes, _TITLES, strict=True):
            _lines(axis, results, sizes, measure)
        axes[1].legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
        figure.suptitle("A batch of 59,000 rows into ever longer histories (two cores, medians)")
        for kind in ("svg", "png"):
            figure.savefig(folder / f"late.{kind}", dpi=110)
        plt.close(figure)
    if results.middle("wall", **upsert("tidegate-delta", SMALL)) is not None:
        figure, axis = plt.subplots(figsize=(8, 3.5), layout="constrained")
        _bars(axis, results)
        for kind in ("svg", "png"):
            figure.savefig(folder / f"small.{kind}", dpi=110)
        plt.close(figure)


def _lines(axis: Axes, results: Results, sizes: Sequence[int], measure: str) -> None:
    for name, label in NAMES.items():
        points = [(rows / 1e6, results.middle(measure, **upsert(name, rows))) for rows in sizes]
        known = [(rows, seconds) for rows, seconds in points if seconds is not None]
        if known:
            style = "--" if name.endswith("iceberg") else "-"
            rows, seconds = zip(*known, strict=True)
            axis.plot(rows, seconds, style, marker="o", color=_COLORS[_family(name)], label=label)
    axis.set(xscale="log", yscale="log", xlabel="rows of history (millions)", title=_TITLES[measure])
    axis.set_xticks([rows / 1e6 for rows in sizes], [f"{rows / 1e6:g}" for rows in sizes])
    axis.minorticks_off()
    axis.set_yticks(
        [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200], ["0.25", "0.5", *map(str, (1, 2, 5, 10, 20, 50, 100, 200))]
    )
    axis.grid(alpha=0.3)


def _bars(axis: Axes, results: Results) -> None:
    found = {label: (name, results.middle("wall", **upsert(name, SMALL))) for name, label in NAMES.items()}
    known = {label: told for label, told in reversed(found.items()) if told[1] is not None}
    bars = axis.barh(
        list(known), [seconds for _, seconds in known.values()], color=[_COLORS[_family(n)] for n, _ in known.values()]
    )
    axis.bar_label(bars, fmt="%.2f", padding=3)
    axis.axvline(1.5, color="black", linewidth=0.8, linestyle=":")
    axis.set(xlabel="seconds on the clock", title="A thousand rows merged into a thousand, in a warm session")
    axis.spines[["top", "right"]].set_visible(False)


def _family(name: str) -> str:
    return name if name == "delta-rs" else name.partition("-")[0]
