"""A pipeline runs in the order that inputs and foreign keys give, and a circle is shown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.book import ContractBook
from tidegate.errors import JobDefinitionError
from tidegate.job.base import SparkJob
from tidegate.model.contracts import Contract, ForeignKey
from tidegate.model.declarations import Output, Whole
from tidegate.model.modes import Replace
from tidegate.model.names import TableName
from tidegate.pipeline.graph import build_graph
from tidegate.pipeline.run import overall

NOTHING = ContractBook.of(())


def job(table: str, *reads: str) -> type[SparkJob]:
    return type(
        "Made",
        (SparkJob,),
        {
            "inputs": {f"i{n}": Whole(read) for n, read in enumerate(reads)},
            "output": Output(table, Replace()),
            "transform": lambda self, inputs: inputs["i0"],
        },
    )


def test_jobs_follow_those_that_write_their_inputs() -> None:
    jobs = [job("gold.c", "silver.b"), job("silver.b", "bronze.a"), job("bronze.a", "landing.x")]
    assert build_graph("p", jobs, NOTHING).order == ("bronze.a", "silver.b", "gold.c")


def test_a_referenced_table_loads_before_the_one_that_refers_to_it() -> None:
    key = ForeignKey(("k",), TableName.parse("silver.b"), ("k",))
    contract = Contract(TableName.parse("silver.a"), "1", (), (), foreign_keys=(key,))
    jobs = [job("silver.a", "bronze.a"), job("silver.b", "bronze.b")]
    assert build_graph("p", jobs, NOTHING).order == ("silver.a", "silver.b")
    assert build_graph("p", jobs, ContractBook.of((contract,))).order == ("silver.b", "silver.a")


def test_a_circle_is_shown() -> None:
    jobs = [job("silver.a", "silver.c"), job("silver.b", "silver.a"), job("silver.c", "silver.b")]
    with pytest.raises(JobDefinitionError, match=r"silver\.\w -> silver\.\w -> silver\.\w -> silver\.\w"):
        build_graph("p", jobs, NOTHING)


def test_a_circle_of_foreign_keys_is_shown_too() -> None:
    def refers(table: str, to: str) -> Contract:
        return Contract(
            TableName.parse(table), "1", (), (), foreign_keys=(ForeignKey(("k",), TableName.parse(to), ("k",)),)
        )

    jobs = [job("silver.a", "bronze.a"), job("silver.b", "bronze.b")]
    book = ContractBook.of((refers("silver.a", "silver.b"), refers("silver.b", "silver.a")))
    with pytest.raises(JobDefinitionError, match=r"silver\.\w -> silver\.\w -> silver\.\w"):
        build_graph("p", jobs, book)


def test_what_is_referred_to_and_not_read_is_told_apart() -> None:
    key = ForeignKey(("k",), TableName.parse("silver.b"), ("k",))
    contract = Contract(TableName.parse("silver.a"), "1", (), (), foreign_keys=(key,))
    graph = build_graph("p", [job("silver.a", "bronze.a"), job("silver.b", "bronze.b")], ContractBook.of((contract,)))
    assert graph.upstream["silver.a"] == graph.referred["silver.a"] == {"silver.b"}


def test_a_thousand_jobs_are_ordered_in_less_than_a_second() -> None:
    jobs = [job(f"silver.t{n}", *(f"silver.t{n // part}" for part in (2, 3, 5) if n), "bronze.x") for n in range(1000)]
    seconds = []
    for _ in range(
        3
    ):  # what else runs on the machine, and Python's collection of what other tests left, is not the order's
        start = time.process_time()
        graph = build_graph("p", jobs[::-1], NOTHING)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 1.0
    assert len(graph.order) == 1000


@given(st.permutations(range(8)), st.data())
def test_every_order_respects_every_dependency(listed: list[int], data: st.DataObject) -> None:
    reads = {n: data.draw(st.sets(st.integers(0, n - 1))) if n else set() for n in range(8)}
    jobs = [job(f"silver.t{n}", "bronze.x", *(f"silver.t{m}" for m in sorted(reads[n]))) for n in listed]
    order = build_graph("p", jobs, NOTHING).order
    place = {name: position for position, name in enumerate(order)}
    assert len(order) == 8
    assert all(place[f"silver.t{m}"] < place[f"silver.t{n}"] for n in reads for m in reads[n])


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["nothing_new", "nothing_new"], "nothing_new"),
        (["nothing_new", "succeeded"], "succeeded"),
        (["succeeded", "refused"], "partial"),
        (["refused", "skipped"], "refused"),
        (["failed", "skipped"], "failed"),
        (["failed", "refused"], "failed"),
    ],
)
def test_the_whole_is_as_good_as_its_parts(parts: list[str], whole: str) -> None:
    assert overall(parts) == whole  # type: ignore[arg-type]
