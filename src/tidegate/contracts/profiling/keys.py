"""Which columns may be a key: guessed from the estimated number of different values, then counted exactly."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks.sites import column as named
from tidegate.contracts.profiling.people import spoken
from tidegate.contracts.profiling.statistics import DISTINCT_ERROR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from tidegate.contracts.profiling.statistics import ColumnStatistics, Statistics

# Counting different values exactly takes the values of all rows: no more than so many candidates are counted.
MOST_CANDIDATES = 5
# How many standard deviations the estimate may be off: one column in 15,000 would be missed.
_DEVIATIONS = 4
_OTHERS = 3
_IDENTIFIERS = frozenset({"id", "key", "uuid", "guid", "number", "no", "code", "sku", "isbn"})
_UNLIKELY = frozenset({"boolean", "array", "map", "struct", "binary"})


@dataclass(frozen=True)
class CandidateKey:
    """Columns that may identify a row.

    Attributes:
        columns: The columns.
        is_unique: Whether no two rows are alike in them, counted exactly.
    """

    columns: tuple[str, ...]
    is_unique: bool


def maybe_keys(statistics: Statistics, dataset: str) -> tuple[tuple[str, ...], ...]:
    """Return the columns that may be keys, the likeliest first: at most `MOST_CANDIDATES`, single columns before pairs.

    A column may be a key where no row is without a value and the estimate of its different values comes near the number
    of rows; so may two of them whose different values, multiplied, do. Fractions, and all that has no order, are none.
    Pairs are looked for where no column that is named like an identifier may be a key.

    Args:
        statistics: What is known of the data.
        dataset: Name of the dataset: `order_id` is likely to be the key of `orders`.
    """
    if not statistics.rows:
        return ()
    filled = [one for one in statistics.columns if not one.nulls and _can_identify(one)]
    least = statistics.rows * (1 - _DEVIATIONS * DISTINCT_ERROR)
    order = {one.name: (likelihood(one.name, dataset), place) for place, one in enumerate(filled)}
    single = sorted((one.name for one in filled if (one.distinct or 0) >= least), key=lambda name: order[name])
    found: list[tuple[str, ...]] = [(name,) for name in single[:MOST_CANDIDATES]]
    if not any(order[name][0] < _OTHERS for name in single):
        rest = [one for one in filled if one.name not in single]
        pairs = [
            (one.name, other.name)
            for one, other in combinations(rest, 2)
            if (one.distinct or 0) * (other.distinct or 0) >= least
        ]
        found += sorted(pairs, key=lambda pair: sorted(order[name] for name in pair))
    return tuple(found[:MOST_CANDIDATES])


def likelihood(name: str, dataset: str) -> int:
    """Return how likely a column is the key by its name: 0 for the dataset's own id, up to 3 for any other name."""
    words = spoken(name).split()
    own = {"id", f"{singular(dataset)}_id", f"{singular(dataset)}_key", f"{dataset}_id", f"{singular(dataset)}id"}
    if name.lower() in own:
        return 0
    if words and words[-1] in _IDENTIFIERS:
        return 1
    return 2 if words and words[0] in _IDENTIFIERS else _OTHERS


def singular(dataset: str) -> str:
    """Return one of what a dataset's name says it holds: `order` for `dim_orders`, `category` for `categories`."""
    word = dataset.lower()
    for prefix in ("dim_", "fact_", "stg_", "raw_"):
        word = word.removeprefix(prefix)
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word if word.endswith("ss") else word.removesuffix("s")


def counted(rows: DataFrame, candidates: Sequence[tuple[str, ...]]) -> tuple[CandidateKey, ...]:
    """Return the candidates, each with whether it is unique. One Spark job, and none where there are no candidates."""
    if not candidates:
        return ()
    counts = [
        F.count_distinct(*(named(name) for name in columns)).alias(f"key_{place}")
        for place, columns in enumerate(candidates)
    ]
    (found,) = rows.agg(F.count(F.lit(1)).alias("rows"), *counts).collect()
    return tuple(
        CandidateKey(columns, is_unique=found[f"key_{place}"] == found["rows"])
        for place, columns in enumerate(candidates)
    )


def _can_identify(column: ColumnStatistics) -> bool:
    return column.family not in _UNLIKELY and column.type not in {"float", "double"}
