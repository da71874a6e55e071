"""Arithmetic of a topic's offsets: which records a batch reads, partition by partition. No Spark."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import SourceError
from tidegate.model.cursors import CursorMark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.model.pins import Pins
    from tidegate.model.topics import Kafka, TopicExtent

OFFSETS = "offsets"

_log = logging.getLogger("tidegate.sources")


@dataclass(frozen=True)
class OffsetSpan:
    """The records that one batch reads of a topic.

    Attributes:
        topic: The topic.
        id: What tells it from one that had its name before.
        starts: Per partition, the offset of the first record that is read.
        ends: Per partition, the offset after the last one; equal where a partition has nothing to read.
        known: How far earlier batches have read; None where nothing has been read.
        lost: Offsets that were never read and are gone, and were passed over because the declaration says so.
        left: Offsets that are left for the next batch.
        location: Where the topic is, as `kafka://host:port/topic`.
    """

    topic: str
    id: str
    starts: Mapping[int, int]
    ends: Mapping[int, int]
    known: CursorMark | None = None
    lost: int = 0
    left: int = 0
    location: str = ""

    @property
    def bound(self) -> str:
        """Up to where is read, as `kind:value`."""
        return f"{OFFSETS}:{text_of(self.ends)}"

    @property
    def size(self) -> int:
        """Offsets that are read: not all need have a record, where a topic is compacted or written in transactions."""
        return sum(self.ends[partition] - start for partition, start in self.starts.items())

    def mark(self) -> CursorMark:
        """Return how far the topic has been read after this batch, and where the batch began."""
        return CursorMark(text_of(self.ends), "offsets", text_of(self.starts), (self.id,), column=self.topic)


def span_of_topic(
    declared: Kafka, extent: TopicExtent, known: CursorMark | None, bound: Mapping[int, int] | None = None
) -> OffsetSpan | None:
    """Return what a batch reads of a topic; None where there is nothing that has not been read.

    Args:
        declared: The topic.
        extent: What it holds now.
        known: How far earlier batches have read.
        bound: Per partition, up to where is read at most; partitions that it does not name are left for a later run.
            None for all there is.

    Raises:
        SourceError: Records are gone that were never read, and the declaration does not say to skip them; or another
            source has been read up to now.
    """
    starts, gaps = _starts(declared, extent, known)
    if gaps and declared.on_gap == "fail":
        raise _gap_error(declared, gaps)
    reach = extent.end if bound is None else {one: min(end, bound.get(one, 0)) for one, end in extent.end.items()}
    ends = {one: max(start, reach[one]) for one, start in starts.items()}
    backlog = {partition: ends[partition] - start for partition, start in starts.items()}
    taken = backlog if declared.max_records is None else shares(backlog, declared.max_records)
    is_put_back = any(gap.is_put_back for gap in gaps)
    if not any(taken.values()) and not is_put_back:
        return None
    span = OffsetSpan(
        declared.topic,
        extent.id,
        starts,
        {partition: start + taken[partition] for partition, start in starts.items()},
        known,
        lost=sum(gap.size for gap in gaps),
        left=sum(backlog.values()) - sum(taken.values()),
    )
    _tell(declared, span, gaps)
    return span


def shares(backlog: Mapping[int, int], most: int) -> dict[int, int]:
    """Return how much is taken of each partition, so that none waits for another: an equal part, or all it has.

    Args:
        backlog: Per partition, what there is.
        most: How much is taken of all together.
    """
    taken: dict[int, int] = {}
    for number, partition in enumerate(sorted(backlog, key=lambda one: (backlog[one], one))):
        part = -(-most // (len(backlog) - number))
        taken[partition] = min(backlog[partition], part)
        most -= taken[partition]
    return taken


def bound_of(pins: Pins | None, job: str, name: str) -> Mapping[int, int] | None:
    """Return up to where a run reads a topic; None where it reads what there is.

    Args:
        pins: What the run's inputs are to be read up to.
        job: The job.
        name: The input.
    """
    if pins is None:
        return None
    kind, _, told = pins.cursors.get(f"{job}/{name}", "").partition(":")
    if kind == OFFSETS:
        return offsets_of(told)
    if pins.is_resuming:
        _log.warning("%s/%s: the run that is resumed had not read it: it is read as it is now", job, name)
    return None


def text_of(offsets: Mapping[int, int]) -> str:
    """Return offsets as a commit holds them: a JSON object, by partition."""
    return json.dumps({str(partition): offsets[partition] for partition in sorted(offsets)}, separators=(",", ":"))


def offsets_of(text: str) -> dict[int, int]:
    """Return the offsets that `text_of` wrote."""
    return {int(partition): int(offset) for partition, offset in json.loads(text).items()}


@dataclass(frozen=True)
class _Gap:
    """Records of a partition that were never read and are gone.

    Attributes:
        partition: The partition.
        since: The offset up to which it had been read.
        what: What became of them.
        size: How many offsets; 0 where nobody knows.
        is_put_back: Whether the partition is read on from an offset before the one known.
    """

    partition: int
    since: int
    what: str
    size: int = 0
    is_put_back: bool = False


def _starts(declared: Kafka, extent: TopicExtent, known: CursorMark | None) -> tuple[dict[int, int], list[_Gap]]:
    """Return, per partition, where a batch begins, and what it cannot read any more."""
    if known is None:
        return {one: _first(declared, extent, one) for one in sorted(extent.first)}, []
    if known.column != declared.topic:
        raise SourceError(
            f"the input has read {known.column or 'another source'} up to now, whose offsets say nothing of this topic",
            where=declared.label,
            hint="give the new topic an input of another name; the old one may stay beside it",
        )
    read, gaps = offsets_of(known.value), []
    before = "".join(known.columns)
    if before and extent.id and before != extent.id:
        gaps = [_Gap(one, at, "the topic was made anew", is_put_back=True) for one, at in sorted(read.items())[:1]]
        return dict(sorted(extent.first.items())), gaps
    starts = {}
    for one, oldest in sorted(extent.first.items()):
        at = starts[one] = read.get(one, oldest)
        if at < oldest:
            gaps.append(_Gap(one, at, f"its oldest record is {oldest} now", oldest - at))
            starts[one] = oldest
        elif at > extent.end[one]:
            gaps.append(_Gap(one, at, f"it ends at {extent.end[one]} now", is_put_back=True))
            starts[one] = extent.end[one]
    gone = sorted(set(read) - set(extent.first))
    return starts, gaps + [
        _Gap(one, read[one], "the topic has no such partition now", is_put_back=True) for one in gone
    ]


def _first(declared: Kafka, extent: TopicExtent, partition: int) -> int:
    if declared.since is None:
        return extent.first[partition]
    return max(extent.first[partition], extent.since.get(partition, extent.end[partition]))


def _gap_error(declared: Kafka, gaps: list[_Gap]) -> SourceError:
    worst = max(gaps, key=lambda gap: gap.size)
    count = sum(gap.size for gap in gaps)
    told = f", {count:,} offsets in {len(gaps)} partitions" if count else ""
    return SourceError(
        f"records that were never read are gone{told}: partition {worst.partition} has been read up to {worst.since}, "
        f"and {worst.what}",
        where=declared.label,
        hint="nothing is published; bring them back from where the topic is filled, keep records longer (retention.ms) "
        'and run more often; on_gap="skip" goes on with what is left',
    )


def _tell(declared: Kafka, span: OffsetSpan, gaps: list[_Gap]) -> None:
    for gap in gaps:
        _log.warning(
            "%s: passed over records of partition %d after %d: %s", declared.label, gap.partition, gap.since, gap.what
        )
    if span.left:
        _log.info("%s: %d offsets are left for the next run (max_records)", declared.label, span.left)
