"""Quarantines as text: every state has its place, and no value speaks to the terminal."""

from __future__ import annotations

from tidegate.factory.render_quarantine import render_expired, render_fixed, render_shown, render_summaries
from tidegate.job.quarantine.expiry import Expired
from tidegate.job.quarantine.fixing import Fixed
from tidegate.job.quarantine.summary import Group, Shown, Summary

ROW = {
    "row_hash": "ab12",
    "state": "fixed",
    "seen": 1,
    "last_seen_at": "2024-01-01 03:00:00",
    "run_id": "r1",
    "batch_id": 3,
    "replayed_by": None,
    "values": {"id": 1, "name": "\x1b[31mred\nline", "email": "***"},
    "origin": {},
    "fixed": ["id"],
    "reasons": [{"rule": "id_is_positive", "column": "id", "message": "is below 0", "severity": "error"}],
}


def test_a_row_is_shown_with_its_reasons_and_its_values_are_no_commands() -> None:
    text = render_shown(Shown("silver.people", "quarantine.silver_people", ("email",), 9, (ROW,)))
    assert "1 of 9 rows\nmasked: email\n" in text
    assert "error: id_is_positive (id): is below 0" in text
    assert '"\\u001b[31mred\\nline"' in text
    assert "\x1b" not in text


def test_counts_name_every_state_and_what_to_do_next() -> None:
    one = Summary("silver.a", "q", 3, 5, {"fixed": 2, "expired": 4}, (Group("rule_x", "2024-01-01", "fixed", 2),))
    done = Summary("silver.b", "q", 1, 1, {"replayed": 1}, ())
    text = render_summaries([one, done])
    assert text.splitlines()[0].split() == ["table", "open", "fixed", "replayed", "expired", "arrivals"]
    assert text.splitlines()[2].split() == ["silver.a", "0", "2", "0", "4", "5"]
    assert text.endswith("\ntidegate quarantine show silver.a")
    assert render_summaries([Summary("silver.c", "q", 0, 0, {}, ())]) == "nothing is in quarantine"


def test_a_fix_and_an_expiry_say_what_they_did_or_would_do() -> None:
    assert "quarantine replay silver.a" in render_fixed(Fixed("silver.a", 3, 2, 1))
    dry = render_fixed(Fixed("silver.a", 3, 2, None, "the gate refused", is_dry_run=True))
    assert "2 would change" in dry
    assert "cannot be told: the gate refused\nnothing was written" in dry
    assert "removed: 1 open; in all 3 arrivals" in render_expired(Expired("silver.a", "2024-01-03", {"open": 1}, 3))
    assert "would be removed: none" in render_expired(Expired("silver.a", "2024-01-03", {}, 0, is_dry_run=True))
