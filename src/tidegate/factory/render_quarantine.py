"""What is in a quarantine, and what was done about it, as text for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tidegate.factory.render import table
from tidegate.model.replays import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.job.quarantine.expiry import Expired
    from tidegate.job.quarantine.fixing import Fixed
    from tidegate.job.quarantine.summary import Shown, Summary


def render_summaries(found: Sequence[Summary]) -> str:
    """Return the counts per table, then per rule, day and state."""
    filled = [one for one in found if one.states]
    if not filled:
        return "nothing is in quarantine"
    tables = [
        [one.table, *(f"{one.states.get(state, 0):,}" for state in STATES), f"{one.arrivals:,}"] for one in filled
    ]
    groups = [
        [one.table, group.rule, group.day, group.state, f"{group.rows:,}"] for one in filled for group in one.groups
    ]
    lines = table(["table", *STATES, "arrivals"], tables)
    if groups:
        lines += ["", "by rule and the day they came last (a row counts for each rule that it failed):"]
        lines += table(["table", "rule", "day", "state", "rows"], groups, left=4)
    waiting = [one.table for one in filled if one.states.get("open") or one.states.get("fixed")]
    return "\n".join([*lines, *(["", *(f"tidegate quarantine show {name}" for name in waiting)] if waiting else [])])


def render_shown(shown: Shown) -> str:
    """Return rows one after the other, each with its values and reasons."""
    lines = [f"{shown.table}: {len(shown.rows):,} of {shown.total:,} rows"]
    if shown.masked:
        lines.append(f"masked: {', '.join(shown.masked)}")
    for row in shown.rows:
        lines += ["", *_row(row)]
    return "\n".join(lines)


def render_fixed(done: Fixed) -> str:
    """Return what a fix did, and what to do next."""
    verb = "would change" if done.is_dry_run else "changed"
    lines = [f"{done.table}: {done.matched:,} rows match, {done.changed:,} {verb}"]
    if done.would_pass is None:
        lines.append(f"whether they would pass cannot be told: {done.why}")
    else:
        lines.append(f"{done.would_pass:,} of these would pass the gate now")
    if done.is_dry_run:
        lines.append("nothing was written")
    elif done.changed:
        lines.append(f"\ntidegate quarantine replay {done.table} --where \"_state = 'fixed'\"")
    return "\n".join(lines)


def render_expired(done: Expired) -> str:
    """Return what was removed."""
    verb = "would be removed" if done.is_dry_run else "removed"
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(done.rows.items())) or "none"
    again = f"; in all {done.arrivals:,} arrivals" if done.arrivals else ""
    return f"{done.table}: rows set aside before {done.before} {verb}: {states}{again}"


def _row(row: Mapping[str, object]) -> Iterator[str]:
    told = {name: row[name] for name in ("run_id", "batch_id", "replayed_by") if row[name] is not None}
    seen = "once" if row["seen"] == 1 else f"{row['seen']} times, last"
    yield f"{row['row_hash']}  {row['state']}, seen {seen} at {row['last_seen_at']}"
    yield "  " + ", ".join(f"{name} {value}" for name, value in told.items())
    yield "  values: " + _pairs(row["values"])
    if row["origin"]:
        yield "  origin: " + _pairs(row["origin"])
    if row["fixed"]:
        yield f"  fixed:  {', '.join(map(str, _items(row['fixed'])))}"
    for reason in _items(row["reasons"]):
        if isinstance(reason, dict):
            where = f" ({reason['column']})" if reason["column"] else ""
            yield f"  {reason['severity']}: {reason['rule']}{where}: {reason['message']}"


def _pairs(values: object) -> str:
    """Return values as JSON shows them: what a bad row holds may be anything, also what a terminal would obey."""
    found = values if isinstance(values, dict) else {}
    return ", ".join(f"{name}={json.dumps(value, default=str, ensure_ascii=False)}" for name, value in found.items())


def _items(values: object) -> Sequence[object]:
    return values if isinstance(values, list) else ()
