"""Tallies of rows that were marked alone, put right where rows share a key: one pass, in which nothing is sorted."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts import tallies as tally
from tidegate.contracts.marks import masks
from tidegate.contracts.marks.checks import RANK
from tidegate.contracts.marks.packed import suspected_rows
from tidegate.contracts.marks.sites import all_filled
from tidegate.contracts.marks.tallying import looks_at_values
from tidegate.contracts.verdicts import failed_tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.marks.searching import Search

_TAKEN = "_taken_keys"
_REPEATED = "_repeated_good_rows"


def suspected_in(suspects: Sequence[DataFrame]) -> int:
    """Return how many rows are in the words of searches. One Spark job, none without a search."""
    if not suspects:
        return 0
    counts = [frame.select(suspected_rows().alias("rows")) for frame in suspects]
    found = reduce(lambda one, other: one.unionAll(other), counts)
    return int(found.agg(F.sum("rows")).collect()[0][0] or 0)


def can_be_counted(checks: Sequence[Check]) -> bool:
    """Return whether tallies need to know of rows that share a key only how many these are, and how many are good."""
    return not any(looks_at_values(check) for check in checks)


def counted(
    marked: DataFrame, search: Search, suspects: DataFrame, checks: Sequence[Check], tallies: Mapping[str, Column]
) -> DataFrame:
    """Return tallies as if the rows had been settled, without ranking them; one row. No action runs.

    Rows in suspected words are tallied by word, all others together. No two keys share a bit of a word, so a word has
    as many rows beyond the first of their key as it has more rows than bits, and the same goes for the good ones.

    Args:
        marked: Rows that were marked alone and held against no table, so that none is known.
        search: The search for their primary key.
        suspects: What it found.
        checks: All rules; `can_be_counted`.
        tallies: Aggregates over marked rows, by name: counts, and the newest of times; `fails_here` says who failed.
    """
    is_suspect, key = search.is_suspect, search.exact
    has_key, is_good = all_filled(search.names), masks.is_good(checks)
    groups = search.tagged(marked, suspects).groupBy(is_suspect, *[F.when(is_suspect, word) for word in key.words])
    found = groups.agg(
        *[made.alias(name) for name, made in tallies.items()],
        _beyond_first(key.bit, is_suspect & has_key).alias(_TAKEN),
        _beyond_first(key.bit, is_suspect & is_good).alias(_REPEATED),
    )
    newest = {tally.name_of("newest", check.index) for check in checks}
    whole = {name: F.max(name) if name in newest else F.sum(name) for name in tallies}
    whole[tally.PUBLISHABLE] -= F.sum(_REPEATED)
    whole[tally.DUPLICATES] += F.sum(_REPEATED)
    for check in checks:
        if check.rule.kind == "primary_key":
            whole[failed_tally(check)] += F.sum(_TAKEN)
    return found.agg(*[made.alias(name) for name, made in whole.items()])


def fails_here(check: Check) -> Column:
    """Return whether a marked row fails a rule where no table takes it: nothing stands for another row of its key."""
    fails = masks.has_failed(check)
    if check.rule.kind != "primary_key":
        return fails
    has_key = all_filled(check.rule.columns)
    return fails | (has_key & (F.col(RANK) > 1))


def _beyond_first(bit: Column, among: Column) -> Column:
    """Return how many of some rows of a word are not the first of their key."""
    asked = F.when(among, bit)
    return F.count(asked) - F.coalesce(F.bit_count(F.bit_or(asked)), F.lit(0))
