"""Whatever is sent when, and however runs are cut or die, each offset of a topic is read once, and none is lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import SourceError
from tidegate.model.commits import Commit, Token
from tidegate.model.pins import Pins
from tidegate.model.topics import Kafka, TopicExtent
from tidegate.sources.offsets import OffsetSpan, bound_of, offsets_of, shares, span_of_topic, text_of

if TYPE_CHECKING:
    from tidegate.model.cursors import CursorMark

ORDERS = Kafka("shop", "orders")
SKIPPING = replace(ORDERS, on_gap="skip")
BACKLOG = st.dictionaries(st.integers(0, 9), st.integers(0, 50), max_size=6)
# What happens, in turn: records come into a partition (a new one where it does not exist), or a run is made, or dies.
HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 4), st.integers(1, 9)),
        st.tuples(st.sampled_from(["run", "die"]), st.none() | st.integers(1, 7), st.just(0)),
    ),
    max_size=20,
)


@dataclass
class Topic:
    """A topic in plain Python, and the job that reads it."""

    ends: dict[int, int] = field(default_factory=lambda: {0: 0})
    read: list[tuple[int, int]] = field(default_factory=list)
    known: CursorMark | None = None

    @property
    def extent(self) -> TopicExtent:
        return TopicExtent("t1", dict.fromkeys(self.ends, 0), dict(self.ends))

    def send(self, partition: int, count: int) -> None:
        for one in range(min(partition, len(self.ends)) + 1):
            self.ends.setdefault(one, 0)
        self.ends[min(partition, len(self.ends) - 1)] += count

    def run(self, most: int | None, *, has_died: bool = False) -> OffsetSpan | None:
        span = span_of_topic(replace(ORDERS, max_records=most), self.extent, self.known)
        if span is not None and not has_died:
            self.read += offsets(span)
            self.known = span.mark()
        return span


def offsets(span: OffsetSpan) -> list[tuple[int, int]]:
    return [(one, offset) for one, start in span.starts.items() for offset in range(start, span.ends[one])]


@given(HAPPENINGS)
def test_every_offset_is_read_once_however_runs_are_cut_and_die(
    happenings: list[tuple[str, int | None, int]],
) -> None:
    topic = Topic()
    for what, number, count in happenings:
        if what == "send":
            topic.send(number or 0, count)
            continue
        span = topic.run(number, has_died=what == "die")
        assert span is None or (0 < span.size <= (number or span.size))
        assert span is None or span.left == sum(topic.ends.values()) - sum(span.ends.values())
    while topic.run(3) is not None:
        pass
    assert sorted(topic.read) == [(one, offset) for one, end in sorted(topic.ends.items()) for offset in range(end)]


@given(BACKLOG, st.integers(1, 100))
def test_no_partition_waits_for_another(backlog: dict[int, int], most: int) -> None:
    taken = shares(backlog, most)
    assert sum(taken.values()) == min(most, sum(backlog.values()))
    assert all(0 <= taken[one] <= there for one, there in backlog.items())
    left = [taken[one] for one, there in backlog.items() if taken[one] < there]
    assert not left or max(taken.values()) - min(left) <= 1


@given(st.dictionaries(st.integers(0, 99), st.integers(0, 2**62), max_size=5))
def test_offsets_survive_the_commit_that_has_them(ends: dict[int, int]) -> None:
    mark = OffsetSpan("orders", "id", ends, ends).mark()
    commit = Commit(Token("bronze.orders", 1), "r", cursors={"orders": mark})
    found = Commit.from_json(commit.to_json())
    assert found is not None
    assert found.cursors == {"orders": mark}
    assert offsets_of(mark.value) == offsets_of(mark.reach) == ends
    assert text_of(offsets_of(text_of(ends))) == text_of(ends)


def known(read: dict[int, int], topic: str = "orders", name: str = "t1") -> CursorMark:
    return OffsetSpan(topic, name, read, read).mark()


@pytest.mark.parametrize(
    ("extent", "read", "said", "starts", "ends", "lost"),
    [
        (
            TopicExtent("t1", {0: 8, 1: 0}, {0: 9, 1: 5}),
            {0: 5, 1: 5},
            "3 offsets in 1 partitions: partition 0 has been read up to 5, and its oldest record is 8 now",
            {0: 8, 1: 5},
            {0: 9, 1: 5},
            3,
        ),
        (TopicExtent("t1", {0: 0}, {0: 4}), {0: 5}, "partition 0 .* it ends at 4 now", {0: 4}, {0: 4}, 0),
        (TopicExtent("t2", {0: 0}, {0: 7}), {0: 5}, "the topic was made anew", {0: 0}, {0: 7}, 0),
        (TopicExtent("", {0: 0}, {0: 7}), {0: 7, 1: 3}, "partition 1 .* no such partition now", {0: 7}, {0: 7}, 0),
    ],
)
def test_what_is_gone_is_an_error_unless_it_is_declared_to_be_skipped(
    extent: TopicExtent, read: dict[int, int], said: str, starts: dict[int, int], ends: dict[int, int], lost: int
) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        span_of_topic(ORDERS, extent, known(read))
    assert "shop/orders" in str(caught.value)
    assert 'on_gap="skip"' in str(caught.value)
    span = span_of_topic(SKIPPING, extent, known(read))
    assert span is not None
    assert (span.starts, span.ends, span.lost) == (starts, ends, lost)
    after = replace(extent, first=starts, end=ends)
    assert span_of_topic(ORDERS, after, span.mark()) is None  # the commit knows, so nobody is told twice


def test_what_is_gone_and_leaves_nothing_to_read_is_no_batch() -> None:
    extent = TopicExtent("t1", {0: 8}, {0: 8})
    assert span_of_topic(SKIPPING, extent, known({0: 5})) is None
    with pytest.raises(SourceError, match="are gone"):
        span_of_topic(ORDERS, extent, known({0: 5}))


def test_a_topic_of_another_name_is_another_source() -> None:
    with pytest.raises(SourceError, match="has read returns up to now"):
        span_of_topic(ORDERS, TopicExtent("t1", {0: 0}, {0: 7}), known({0: 5}, topic="returns"))


def test_a_moment_says_where_the_first_batch_begins_and_new_partitions_are_read_whole() -> None:
    since = replace(ORDERS, since=datetime(2024, 1, 1, tzinfo=timezone.utc))
    extent = TopicExtent("t1", {0: 2, 1: 0}, {0: 9, 1: 4}, {0: 6})  # partition 1 has nothing since
    span = span_of_topic(since, extent, None)
    assert span is not None
    assert offsets(span) == [(0, 6), (0, 7), (0, 8)]
    later = span_of_topic(since, TopicExtent("t1", {0: 2, 1: 0, 2: 0}, {0: 9, 1: 5, 2: 1}), span.mark())
    assert later is not None
    assert offsets(later) == [(1, 4), (2, 0)]


def test_a_run_that_is_resumed_reads_up_to_where_the_failed_one_did() -> None:
    first = span_of_topic(ORDERS, TopicExtent("t1", {0: 0}, {0: 4}), None)
    assert first is not None
    bound = bound_of(
        Pins(None, cursors={"bronze.orders/orders": first.bound}, is_resuming=True), "bronze.orders", "orders"
    )
    now = TopicExtent("t1", {0: 0, 1: 0}, {0: 9, 1: 9})
    again = span_of_topic(ORDERS, now, None, bound)
    assert again is not None
    assert offsets(again) == offsets(first)
    assert span_of_topic(ORDERS, now, known({0: 6}), bound) is None  # another run has read on


def test_a_run_that_is_resumed_and_had_not_asked_reads_what_there_is(caplog: pytest.LogCaptureFixture) -> None:
    assert bound_of(None, "bronze.orders", "orders") is None
    assert bound_of(Pins(None), "bronze.orders", "orders") is None
    assert not caplog.records
    assert bound_of(Pins(None, is_resuming=True), "bronze.orders", "orders") is None
    assert "as it is now" in caplog.text
