"""The measurements as Markdown: medians, what was touched, and the targets."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.late.data import FOLDED_BATCHES, SMALL
from bench.late.histories import CONTENDERS as HISTORIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Record = dict[str, Any]
NAMES = {
    "tidegate-delta": "tidegate, Delta",
    "tidegate-iceberg": "tidegate, Iceberg",
    "expert-delta": "expert, Delta",
    "expert-iceberg": "expert, Iceberg",
    "plain-delta": "plain MERGE, Delta",
    "plain-iceberg": "plain MERGE, Iceberg",
    "deferring-delta": "tidegate, `defer`, Delta",
    "deferring-iceberg": "tidegate, `defer`, Iceberg",
    "delta-rs": "delta-rs, Delta",
    "duckdb": "DuckDB, own file",
}
_MEASURES = ("cpu", "wall")


@dataclass(frozen=True)
class Results:
    """The measurements, asked by what they are of."""

    records: Sequence[Record]

    def middle(self, measure: str, **of: object) -> float | None:
        """Return the median of a measure over the records that agree; None without any."""
        found = [record[measure] for record in self._of(of) if record.get(measure) is not None]
        return float(median(found)) if found else None

    def step(self, name: str, **of: object) -> float | None:
        """Return the median of a step's seconds."""
        found = [record["steps"][name] for record in self._of(of) if name in record.get("steps", {})]
        return float(median(found)) if found else None

    def sizes(self) -> list[int]:
        """Return the lengths of history that upserts were measured at, sorted, without the small table."""
        merged = (record for record in self.records if record["task"] == "upsert")
        return sorted({record["rows"] for record in merged if record["rows"] > SMALL})

    def ratio(self, measure: str, over: Record, under: Record) -> float | None:
        """Return the median of one thing by that of another."""
        return _divided(self.middle(measure, **over), self.middle(measure, **under))

    def _of(self, wanted: Record) -> Iterable[Record]:
        return (record for record in self.records if all(record.get(key) == value for key, value in wanted.items()))


def tables(records: Sequence[Record]) -> str:
    """Return all tables."""
    results = Results(records)
    parts = (_targets(results), _merges(results), _late(results), _small(results), _histories(results))
    return "\n\n".join(part for part in parts if part)


def upsert(contender: str, rows: int, scenario: str = "on-time") -> Record:
    """Return what records of a merge agree in."""
    return {"task": "upsert", "contender": contender, "rows": rows, "scenario": scenario}


def _targets(results: Results) -> str:
    lines = []
    for label, wanted, over, under in _comparisons(results):
        found = [_number(results.ratio(measure, over, under)) for measure in _MEASURES]
        if any(found):
            lines.append(f"| {label} | {wanted} | {found[0]} | {found[1]} |")
    lines += [*_deferring(results), *_finding(results)]
    heads = ["| target | wanted | CPU | wall |", "|---|---|---|---|"]
    return "\n".join([*heads, *sorted(lines, key=lambda line: line[2])]) if lines else ""


def _comparisons(results: Results) -> Iterable[tuple[str, str, Record, Record]]:
    sizes = results.sizes()
    for kind in ("delta", "iceberg"):
        mine, other = f"tidegate-{kind}", f"plain-{kind}"
        if len(sizes) > 1:
            first, last = sizes[0], sizes[-1]
            label = f"1. {_million(last)} ÷ {_million(first)} rows, {kind}"
            yield label, "≤ 1.10", upsert(mine, last), upsert(mine, first)
        for rows, least in zip(sizes[-2:], ("≥ 6", "≥ 10"), strict=False):
            yield f"2. plain ÷ tidegate, {_million(rows)} rows, {kind}", least, upsert(other, rows), upsert(mine, rows)
        for rows in sizes:
            for scenario, most in (("late", "≤ 1.50"), ("inside", "≤ 1.05")):
                label = f"3. {'1 % over all history' if scenario == 'late' else '1 % more in the window'}, {kind}"
                yield label, most, upsert(mine, rows, scenario), upsert(mine, rows)
    histories = [{"task": "scd2", "contender": name} for name in HISTORIES]
    yield "4. SCD2 ÷ staged union", "≤ 1.20", histories[0], histories[1]


def _deferring(results: Results) -> list[str]:
    """Return what a batch with late rows costs where they wait: by one without, and the plain MERGE by that."""
    lines = []
    for kind, rows in ((kind, rows) for kind in ("delta", "iceberg") for rows in results.sizes()):
        cost = {measure: _deferred(results, measure, kind, rows) for measure in _MEASURES}
        on_time, plain = upsert(f"tidegate-{kind}", rows), upsert(f"plain-{kind}", rows, "late")
        where = f"1 % over all history, `defer`, {_million(rows)} rows, {kind}"
        least = "≥ 10" if rows == results.sizes()[-1] and len(results.sizes()) > 1 else "≥ 6"
        for label, wanted, over, under in (
            (f"2. plain ÷ tidegate, {where}", least, _of(results, plain), cost),
            (f"3. {where}", "≤ 1.50", cost, _of(results, on_time)),
        ):
            found = [_number(_divided(over[measure], under[measure])) for measure in _MEASURES]
            if any(found):
                lines.append(f"| {label} | {wanted} | {found[0]} | {found[1]} |")
    return lines


def _deferred(results: Results, measure: str, kind: str, rows: int) -> float | None:
    """Return what a batch costs whose late rows wait, with its part of merging what so many batches let wait."""
    waiting = results.middle(measure, **upsert(f"deferring-{kind}", rows, "late"))
    later = results.middle(measure, task="fold", contender=f"deferring-{kind}", rows=rows)
    return None if waiting is None or later is None else waiting + later / FOLDED_BATCHES


def _of(results: Results, of: Record) -> dict[str, float | None]:
    return {measure: results.middle(measure, **of) for measure in _MEASURES}


def _divided(over: float | None, under: float | None) -> float | None:
    return over / under if over is not None and under else None


def _finding(results: Results) -> list[str]:
    lines = []
    wall = results.middle("wall", task="find-new")
    if wall is not None:
        lines.append(f"| 5. finding what is new among 10,000 batches | < 0.2 s | | {wall:.3f} s |")
    for rows in results.sizes()[-1:]:
        found = upsert("tidegate-delta", rows)
        plan, total = results.step("plan", **found), results.step("total", **found)
        if plan is not None and total:
            lines.append(f"| 5. finding what is new ÷ run, {_million(rows)} rows | ≤ 1 % | | {plan / total:.2%} |")
    small = results.middle("wall", **upsert("tidegate-delta", SMALL))
    if small is not None:
        lines.append(f"| 6. a thousand rows into a thousand, Delta | ≤ 1.5 s | | {small:.2f} s |")
    return lines


def _merges(results: Results) -> str:
    sizes = results.sizes()
    if not sizes:
        return ""
    heads = " | ".join(f"{_million(rows)}: CPU s | wall s" for rows in sizes)
    lines = [f"| contender | {heads} | MB read | MB written | files | jobs |", "|---" * (2 * len(sizes) + 5) + "|"]
    for name, label in NAMES.items():
        cells = [_number(results.middle(m, **upsert(name, rows))) for rows in sizes for m in _MEASURES]
        if any(cells):
            lines.append(f"| {label} | {' | '.join(cells)} | {_touched(results, upsert(name, sizes[-1]))} |")
    return "\n".join(lines)


def _late(results: Results) -> str:
    lines = ["| rows | batch | contender | CPU s | wall s | MB read | MB written | files | jobs |", "|---" * 9 + "|"]
    told = {(r["rows"], r["scenario"]) for r in results.records if r["task"] == "upsert" and r["scenario"] != "on-time"}
    for rows, name in ((rows, name) for rows in sorted({rows for rows, _ in told}) for name in NAMES):
        kinds = sorted(kind for other, kind in told if other == rows)
        mine = {kind: upsert(name, rows, kind) for kind in ("on-time", *kinds)}
        mine[f"folding {FOLDED_BATCHES} batches"] = {"task": "fold", "contender": name, "rows": rows}
        for label, found in mine.items():
            cells = [_number(results.middle(m, **found)) for m in _MEASURES]
            if any(cells):
                told_of = f"{_million(rows)} | {label} | {NAMES[name]}"
                lines.append(f"| {told_of} | {' | '.join(cells)} | {_touched(results, found)} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def _small(results: Results) -> str:
    lines = ["| a thousand rows | CPU s | wall s | MB read | MB written | files | jobs |", "|---" * 7 + "|"]
    for name, label in NAMES.items():
        found = upsert(name, SMALL)
        cells = [_number(results.middle(m, **found)) for m in _MEASURES]
        if any(cells):
            lines.append(f"| {label} | {' | '.join(cells)} | {_touched(results, found)} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def _histories(results: Results) -> str:
    measures = ("intervals", "current", "wrong", "missing", "negative")
    lines = [f"| SCD2 | CPU s | wall s | {' | '.join(measures)} |", "|---" * 8 + "|"]
    for name in HISTORIES:
        found = {"task": "scd2", "contender": name}
        cells = [_number(results.middle(m, **found)) for m in _MEASURES]
        counts = [results.middle(measure, **found) for measure in measures]
        if any(cells):
            shown = " | ".join("" if count is None else f"{count:,.0f}" for count in counts)
            lines.append(f"| {name} | {' | '.join(cells)} | {shown} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def _touched(results: Results, of: Record) -> str:
    found = [results.middle(measure, **of) for measure in ("read_mb", "written_mb", "new_files", "jobs")]
    return " | ".join("" if number is None else f"{number:,.0f}" for number in found)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _million(rows: int) -> str:
    return f"{rows / 1e6:g} M"
