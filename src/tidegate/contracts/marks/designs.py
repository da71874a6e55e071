"""How rows are held against each other and against other tables: chosen by numbers of rows that are known."""

from __future__ import annotations

from typing import Literal, TypeAlias

# `whole`: all of its keys go to every executor, packed; no row of the batch is moved.
# `near`: only keys near those of the batch do; the batch is read once more for them.
# `shuffled`: keys and rows meet where their key belongs; rows are moved.
Reach: TypeAlias = Literal["whole", "near", "shuffled"]

# `none`: no two rows are alike. `alike`: only rows that are alike are sorted. `all`: every row is.
Settling: TypeAlias = Literal["none", "alike", "all"]

# So many keys fit into an executor as they are, whatever they look like.
BROADCAST_ROWS = 5_000_000


def reach_of(batch: int | None, parent: int | None) -> Reach:
    """Return how much of a table that rows refer to is brought to them.

    Args:
        batch: Rows of the batch; None where nobody knows.
        parent: Rows of the table; None where nobody knows: then it is taken for small, as most tables are that others
            refer to.
    """
    if parent is None or parent <= BROADCAST_ROWS:
        return "whole"
    return "near" if batch is not None and batch <= BROADCAST_ROWS else "shuffled"


def settling_of(suspected: int) -> Settling:
    """Return which rows of a batch are sorted.

    Args:
        suspected: Rows that may be like another one. The keys of those that are go to every executor.
    """
    if not suspected:
        return "none"
    return "alike" if suspected <= BROADCAST_ROWS else "all"
