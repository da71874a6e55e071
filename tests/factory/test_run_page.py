"""The page of a run shows every job, what it did and when; its drawings are true to the numbers; no name is markup."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factory.test_html import Read
from tests.lineage.strategies import PIPELINE_REPORTS, REPORTS

from tidegate.factory.run_graph import RunGraph, draw_graph, graph_of
from tidegate.factory.run_page import run_page
from tidegate.factory.timeline import timeline
from tidegate.model.reports import Counts, InputRead, OutputWritten, PipelineReport, RuleResult, RunReport

BRONZE = RunReport(
    "r1",
    "bronze.orders",
    "succeeded",
    "2026-01-01T00:00:10+00:00",
    "2026-01-01T00:00:12+00:00",
    Counts(read=5, published=4, quarantined=1),
    rules=(RuleResult("amount_is_positive", "error", "row", 5, 1, "passed"),),
    inputs=(InputRead("orders", "orders", "files", "csv", files=1),),
    output=OutputWritten("bronze.orders", version_before=None, version_after=1),
    seconds={"read": 0.5, "publish": 1.0, "publish.commit": 0.25, "total": 2.0},
)
SILVER = replace(
    BRONZE,
    run_id="r2",
    job="silver.orders",
    started_at="2026-01-01T00:00:12+00:00",
    ended_at="2026-01-01T00:00:16+00:00",
    status="failed",
    error="it <broke>\n  hint:  mend it",
    inputs=(InputRead("orders", "bronze.orders", "new", version_to=1, rows=4),),
    output=OutputWritten("silver.orders"),
    rules=(),
    seconds={"read": 4.0, "total": 4.0},
)
PIPELINE = PipelineReport("p", "shop", "partial", BRONZE.started_at, SILVER.ended_at, (BRONZE, SILVER), {"total": 6.0})

NAMES = st.integers(0, 9).map("t{}".format)
GRAPHS = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda edge: edge[0] < edge[1])).map(
    lambda edges: RunGraph(
        {f"t{number}": "good" for number in range(10)},
        {f"t{number}": f"t{number}" for number in range(10)},
        frozenset((f"t{source}", f"t{target}") for source, target in edges),
    )
)


def svg(drawn: str) -> ET.Element:
    found = ET.fromstring(drawn).find(".//svg")  # noqa: S314 - the page is ours
    assert found is not None
    return found


@given(REPORTS | PIPELINE_REPORTS, st.lists(REPORTS, max_size=2))
@settings(max_examples=30)
def test_any_run_makes_a_page_whose_text_is_no_markup(
    report: RunReport | PipelineReport, past: list[RunReport]
) -> None:
    marked = replace(report, run_id="<script>")
    read = Read(run_page(marked, past))
    assert read.open == []
    assert "<script>" in read.texts
    assert "script" not in {tag for tag, _ in read.tags}


def test_the_page_says_what_went_wrong_before_all_else_and_what_became_of_the_rows() -> None:
    made = run_page(PIPELINE, [])
    texts = Read(made).texts
    assert texts.index("it <broke>\n  hint:  mend it") < texts.index("When")
    assert {"shop: ", "IN PART", "amount_is_positive", "orders, 1 file", "bronze.orders, version 1"} <= set(texts)
    assert "How it used to be" not in texts


def test_what_was_before_is_a_trend_and_what_came_after_is_not() -> None:
    earlier = replace(PIPELINE, jobs=(replace(BRONZE, started_at="2025-12-31T00:00:10+00:00"),))
    later = replace(PIPELINE, jobs=(replace(BRONZE, started_at="2026-01-02T00:00:10+00:00"),))
    texts = Read(run_page(PIPELINE, [later, earlier])).texts
    assert "bronze.orders, rows published: 4 (from 4 to 4, 2 runs)" in texts
    assert not any(text.startswith("silver.orders, rows published") for text in texts)


def test_a_bar_lies_where_its_time_lies() -> None:
    rows = svg(f"<div>{timeline((BRONZE, SILVER))}</div>").findall("g")
    assert [row.findtext("title") for row in rows] == [
        "bronze.orders: ok, from 0.0 s to 2.0 s",
        "silver.orders: FAILED, from 2.0 s to 6.0 s",
    ]
    whole = [row.findall("rect")[0] for row in rows]
    lefts, widths = ([float(bar.get(name, "")) for bar in whole] for name in ("x", "width"))
    assert abs(widths[1] - 2 * widths[0]) < 0.2
    assert abs(lefts[0] + widths[0] - lefts[1]) < 0.2
    steps = [bar.findtext("title") for row in rows for bar in row.findall("rect")[1:]]
    assert steps == ["bronze.orders: read 0.50 s", "bronze.orders: publish 1.00 s", "silver.orders: read 4.00 s"]


def test_nothing_that_was_at_work_is_no_drawing() -> None:
    assert timeline((replace(BRONZE, status="skipped", seconds={}),)) == ""


def test_a_job_that_did_not_come_to_read_stands_where_it_stood_before() -> None:
    skipped = replace(SILVER, status="skipped", inputs=(), output=None)
    assert graph_of((BRONZE, skipped), (SILVER,)).edges == {
        ("orders (csv)", "bronze.orders"),
        ("bronze.orders", "silver.orders"),
    }
    assert graph_of((BRONZE, skipped)).edges == {("orders (csv)", "bronze.orders")}


@given(GRAPHS)
def test_lines_go_to_the_right_from_box_to_box_and_boxes_do_not_meet(graph: RunGraph) -> None:
    drawn = svg(draw_graph(graph))
    boxes = {
        str(box.findtext("title")): (int(rect.get("x", "")), int(rect.get("y", "")))
        for box in drawn.findall("g")
        if (rect := box.find("rect")) is not None
    }
    assert set(boxes) == set(graph.kinds)
    assert all(abs(a[0] - b[0]) >= 200 or abs(a[1] - b[1]) >= 34 for a, b in combinations(boxes.values(), 2))
    assert all(boxes[source][0] < boxes[target][0] for source, target in graph.edges)
    paths = [path.get("d", "") for path in drawn.findall("path")]
    starts = {tuple(map(int, found.groups())) for path in paths if (found := re.match(r"M(\d+),(\d+) C", path))}
    assert {(boxes[source][0] - 1 + 200, boxes[source][1] - 1 + 17) for source, _ in graph.edges} <= starts
    flat = [tuple(map(int, found.groups())) for path in paths if (found := re.match(r"M(\d+),(\d+) h200$", path))]
    assert not {(x - 1, y - 1 + 17) for x, y in boxes.values()} & set(flat)
