"""What a run would do, as text for people and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tidegate.factory.render import table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tidegate.job.plan import InputPlan
    from tidegate.pipeline.forecast import Forecast

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000


def render_plan(forecasts: Sequence[Forecast]) -> str:
    """Return what a run would do, as text: what each job reads, what it does to its table, what is in the way."""
    reads = [row for one in forecasts for row in _reads(one)]
    lines = table(["job", "input", "reads", "versions", "rows", "files", "bytes"], reads, left=4)
    header = ["no", "job", "event days", "may be rewritten", "contract", "state"]
    waiting = may_follow(forecasts)
    rows = [[str(number), *_effects(one, waiting)] for number, one in enumerate(forecasts, start=1)]
    lines += ["", *table(header, rows, left=6)]
    for title, told in (
        ("the contract changes", [(one.job, text) for one in forecasts for text in one.changes]),
        ("blocked", [(one.job, text) for one in forecasts for text in one.blocked]),
        (
            "deliveries that are not whole",
            [(one.job, str(w)) for one in forecasts for r in _inputs(one) for w in r.waiting],
        ),
    ):
        lines += ["", f"{title}:", *(f"  {job}: {text}" for job, text in told)] if told else []
    return "\n".join(lines)


def may_follow(forecasts: Sequence[Forecast]) -> frozenset[str]:
    """Return the jobs that have nothing new yet, and may have once those have run that they wait for.

    Args:
        forecasts: Per job what a run would do, in the order of running.
    """
    active: set[str] = set()
    for one in forecasts:
        if not one.blocked and (one.is_due or active.intersection(one.after)):
            active.add(one.job)
    return frozenset(one.job for one in forecasts if one.job in active and not one.is_due)


def plan_document(forecasts: Sequence[Forecast]) -> dict[str, object]:
    """Return what a run would do, as JSON: `jobs`, in the order of running."""
    waiting = may_follow(forecasts)
    return {"jobs": [_document(one, waiting) for one in forecasts]}


def _document(one: Forecast, waiting: Collection[str]) -> dict[str, object]:
    return {
        "job": one.job,
        "after": list(one.after),
        "is_due": one.is_due,
        "may_follow": one.job in waiting,
        "batch": one.plan.token.batch if one.plan else None,
        "event_days": [one.window.first.isoformat(), one.window.last.isoformat()] if one.window else None,
        "rewrites": asdict(one.rewrites) if one.rewrites else None,
        "contract": one.contract,
        "contract_changes": list(one.changes),
        "blocked": list(one.blocked),
        "inputs": [
            {
                "name": read.name,
                "has_news": read.has_news,
                "version_from": read.since,
                "version_to": read.until,
                "rows": read.rows,
                "files": read.file_count,
                "bytes": read.bytes,
                "cursor_from": read.span.known.value if read.span and read.span.known else None,
                "waiting": [asdict(found) for found in read.waiting],
                "cursor_to": read.span.mark().value if read.span else None,
            }
            for read in _inputs(one)
        ],
    }


def _inputs(one: Forecast) -> tuple[InputPlan, ...]:
    return one.plan.inputs if one.plan else ()


def _reads(one: Forecast) -> list[list[str]]:
    batch = f" (batch {one.plan.token.batch})" if one.plan and one.is_due else ""
    rows = []
    for number, read in enumerate(_inputs(one)):
        new = "new" if read.has_news else "nothing new"
        kind = new if read.is_driving else "whole"
        counts = [_number(read.rows), _number(read.file_count), _number(read.bytes)]
        rows.append([f"{one.job}{batch}" if number == 0 else "", read.name, kind, read.reads, *counts])
    return rows


def _effects(one: Forecast, waiting: Collection[str]) -> list[str]:
    rewritten = "-"
    if one.rewrites:
        rewritten = f"{one.rewrites.files:,} of {one.rewrites.of:,} files, {_size(one.rewrites.bytes)}"
    quiet = "may follow" if one.job in waiting else "nothing new"
    state = "blocked" if one.blocked else "due" if one.is_due else quiet
    if one.after and not one.blocked:
        state += f", after {', '.join(one.after)}"
    return [one.job, str(one.window or "-"), rewritten, one.contract or "-", state]


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _size(size: float) -> str:
    """Return a number of bytes in the unit in which people read it."""
    for unit in _UNITS:
        if size < _STEP or unit == _UNITS[-1]:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= _STEP
    return "-"
