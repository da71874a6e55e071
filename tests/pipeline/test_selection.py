"""A run takes a part of a pipeline, in the order of the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipeline.test_run import SIZE, graphs

from tidegate.errors import JobDefinitionError
from tidegate.pipeline.graph import Graph
from tidegate.pipeline.selection import Selection

NAMES = [f"j{n}" for n in range(SIZE)]
CHAIN = Graph(
    ("bronze.a", "silver.a", "gold.b"),
    {"bronze.a": frozenset(), "silver.a": frozenset({"bronze.a"}), "gold.b": frozenset({"silver.a"})},
)


def above(upstream: dict[str, frozenset[str]], job: str) -> set[str]:
    """Return all that a job depends on."""
    found = set(upstream[job])
    for name in upstream[job]:
        found |= above(upstream, name)
    return found


@given(
    graphs,
    st.sets(st.sampled_from(NAMES)),
    st.one_of(st.none(), st.sampled_from(NAMES)),
    st.sets(st.sampled_from(NAMES)),
)
def test_what_is_chosen_runs_in_the_order_of_the_whole(
    upstream: dict[str, frozenset[str]], only: set[str], from_job: str | None, skip: set[str]
) -> None:
    wanted = (only or set(upstream)) - skip
    if from_job:
        wanted = {job for job in wanted if job == from_job or from_job in above(upstream, job)}
    selection = Selection(tuple(sorted(only)), from_job, tuple(sorted(skip)))
    graph = Graph(tuple(upstream), upstream)
    if not wanted:
        with pytest.raises(JobDefinitionError, match="no job is left"):
            selection.of(graph)
        return
    chosen = selection.of(graph)
    assert set(chosen.order) == wanted
    for job in chosen.order:
        assert above(dict(chosen.upstream), job) == above(upstream, job) & wanted


def test_a_dataset_is_enough_where_one_layer_has_it_and_else_the_nearest_name_is_told() -> None:
    assert Selection(only=("b",)).of(CHAIN).order == ("gold.b",)
    for name in ("a", "silver.b"):
        with pytest.raises(JobDefinitionError, match="has no job") as told:
            Selection(only=(name,)).of(CHAIN)
        assert "silver.a" in str(told.value)
