"""A drawing shows every job once, after all that it needs, in the colour of its last run."""

from __future__ import annotations

import builtins
import json
import re

import pytest
from hypothesis import given, settings
from tests.pipeline.test_run import graphs

from tidegate.errors import MissingExtraError
from tidegate.pipeline.drawing import STATUSES, draw
from tidegate.pipeline.graph import Graph
from tidegate.pipeline.journal import Beginning, End, Note, Past
from tidegate.pipeline.picture import picture

BEGUN = "2024-01-31T06:00:00+00:00"
GRAPH = Graph(
    ("a", "b", "c", "d"),
    {"a": frozenset(), "b": frozenset({"a"}), "c": frozenset({"a", "b"}), "d": frozenset()},
    {"c": frozenset({"a"})},
)


def past(**statuses: str) -> Past:
    notes = tuple(Note(job, "r", status, {f"silver.{job}": 1}) for job, status in statuses.items())
    return Past(Beginning("r", BEGUN, BEGUN, ("a", "b", "c"), done=("d",)), notes, End("failed", ("silver.a",)))


@given(graphs)
def test_levels_grow_along_every_arrow(upstream: dict[str, frozenset[str]]) -> None:
    drawing = draw("p", Graph(tuple(upstream), upstream), None)
    level = {node.job: node.level for node in drawing.nodes}
    assert list(level) == list(upstream)
    assert {(one.before, one.after) for one in drawing.arrows} == {(a, job) for job in upstream for a in upstream[job]}
    assert all(level[one.before] < level[one.after] for one in drawing.arrows)


def test_jobs_have_the_status_of_the_last_run() -> None:
    drawing = draw("p", GRAPH, past(a="succeeded", b="failed"))
    assert {node.job: node.status for node in drawing.nodes} == {
        "a": "undone",
        "b": "failed",
        "c": "not_run",
        "d": "succeeded",
    }
    assert "failed, 2024-01-31T06:00" in drawing.title
    assert "no run yet" in draw("p", GRAPH, None).title


def test_mermaid_and_json_say_the_same() -> None:
    drawing = draw("p", GRAPH, past(a="nothing_new", b="skipped"))
    text, document = drawing.to_mermaid(), json.loads(drawing.to_json())
    assert re.findall(r'\["(\w)"\]:::(\w+)', text) == [(node["job"], node["status"]) for node in document["nodes"]]
    assert text.count(" --> ") + text.count(" -.-> ") == len(document["arrows"])
    assert "n0 -.-> n2" in text
    assert {one["kind"] for one in document["arrows"]} == {"reads", "refers"}


@settings(max_examples=5)
@given(graphs)
def test_a_picture_has_every_name_and_is_the_same_each_time(upstream: dict[str, frozenset[str]]) -> None:
    drawing = draw("p", Graph(tuple(upstream), upstream), None)
    svg = picture(drawing, "svg")
    assert svg == picture(drawing, "svg")
    assert all(f">{job}<".encode() in svg for job in upstream)


def test_a_png_is_one() -> None:
    assert picture(draw("p", GRAPH, past(a="failed", b="skipped")), "png").startswith(b"\x89PNG")


def test_without_the_extra_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name.partition(".")[0] == "networkx":
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"tidegate\[dag\]"):
        picture(draw("p", GRAPH, None), "svg")
    assert draw("p", GRAPH, None).to_mermaid()


def test_every_status_of_a_job_has_a_colour() -> None:
    assert {"succeeded", "nothing_new", "failed", "refused", "skipped"} <= STATUSES.keys()
