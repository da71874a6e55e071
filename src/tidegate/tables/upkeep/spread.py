"""How far the files of a table lie apart in a column: what their least and greatest values alone can tell."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Value: TypeAlias = "str | int | float"


def overlap(ranges: Iterable[tuple[Value, Value, int]]) -> float | None:
    """Return the share (0 to 1) of pairs of files that may hold the same value, each pair weighed by its sizes.

    0: every file has values of its own, so a look for a value opens one. 1: every file may hold every value.

    Args:
        ranges: Per file its least and greatest value, of one kind, and its size.

    Returns:
        The share; None for less than two files, and where values are not of one kind.
    """
    known = list(ranges)
    if len({type(value) for start, end, _ in known for value in (start, end)} - {int}) > 1:
        return None  # such as NaN, which a log has as a text among numbers
    if len(known) < 2:  # noqa: PLR2004 - a pair
        return None
    by_end = sorted((end, size) for _, end, size in known)
    ends = [end for end, _ in by_end]
    before = [0, *accumulate(size for _, size in by_end)]
    apart = sum(size * before[bisect_left(ends, start)] for start, _, size in known)
    pairs = (before[-1] ** 2 - sum(size**2 for _, _, size in known)) / 2
    return 1 - apart / pairs if pairs else None
