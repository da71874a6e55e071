"""The page of a watch is whole by itself, shows every check and the trend of what matters; no name is markup."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tidegate.factory.watch_page import MOST_PLOTS, watch_page
from tidegate.factory.watching import render_watch
from tidegate.model.watching import CheckResult, Measure, Point, WatchedTable, WatchReport

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
CHECK = CheckResult("completeness", "<b>", "warn", "warned", "2.00% nulls, allowed 1.00%")
TABLE = WatchedTable("silver.orders", 7, (Measure("row_count", "", 3.0),), (CHECK,))
REPORT = WatchReport("run-1", "watch", "succeeded", START.isoformat(), START.isoformat(), watched=(TABLE,))


def points(metric: str, column: str, values: list[float]) -> list[Point]:
    return [Point(metric, column, START + timedelta(days=day), value) for day, value in enumerate(values)]


def drawn(page: str) -> list[ET.Element]:
    """Return the plots of a page, after a look at all of its markup."""
    body = page[page.index("<h1>") : page.index("</body>")]
    return ET.fromstring(f"<html>{body}</html>").findall(".//svg")  # noqa: S314 - the page is ours


def test_every_check_is_there_and_names_are_no_markup() -> None:
    page = watch_page(REPORT, {"silver.orders": points("null_share", "<b>", [0.0, 0.02])})
    assert "1 tables, 1 checks, 1 did not pass" in page
    assert "completeness of &lt;b&gt;" in page
    assert "<b>" not in page
    assert [plot.get("aria-label") for plot in drawn(page)] == ["null_share of <b>: 0.02 (from 0 to 0.02, 2 runs)"]


@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=40))
def test_a_trend_stays_within_its_frame_and_goes_where_the_numbers_go(values: list[float]) -> None:
    (plot,) = drawn(watch_page(REPORT, {"silver.orders": points("row_count", "", values)}))
    line = plot.find("polyline")
    assert line is not None
    places = [tuple(map(float, place.split(","))) for place in str(line.get("points")).split()]
    assert len(places) == len(values)
    assert all(0 <= x <= 240 and 0 <= y <= 60 for x, y in places)
    assert sorted(x for x, _ in places) == [x for x, _ in places]
    lowest, highest = values.index(min(values)), values.index(max(values))
    assert places[highest][1] == min(y for _, y in places)
    assert places[lowest][1] == max(y for _, y in places)


def test_what_never_moved_and_nobody_checks_is_not_drawn_and_the_rest_is_bounded() -> None:
    past = points("mean", "a_still", [1.0, 1.0]) + points("row_count", "", [3.0, 3.0])
    for number in range(50):
        past += points("mean", f"c{number:02d}", [1.0, 2.0])
    labels = [str(plot.get("aria-label")) for plot in drawn(watch_page(REPORT, {"silver.orders": past}))]
    assert len(labels) == MOST_PLOTS
    assert labels[0].startswith("row_count: 3")
    assert not any("a_still" in label for label in labels)


def test_a_table_without_a_past_is_a_page_without_plots() -> None:
    assert drawn(watch_page(REPORT, {})) == []


def test_in_the_terminal_every_check_is_a_line() -> None:
    text = render_watch(REPORT)
    assert "silver.orders  completeness of <b>  warned  2.00% nulls, allowed 1.00%" in text
    assert text.endswith("1 tables, 1 checks, 1 did not pass; run run-1")
