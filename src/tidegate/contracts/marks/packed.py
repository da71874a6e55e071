"""Keys packed into words: sixty-four neighbouring values are one group with one bit each.

Whole numbers and dates are packed: of a key of one number the lowest six bits say which bit of the word it is and the
rest is the word; of a key of two numbers, the lowest three bits of each. No two keys share a bit, whatever the numbers
are, so nothing has to be known about them. Where numbers lie close together, as most keys do, there are far fewer words
than keys; where they do not, there are as many.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add, and_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks.sites import column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.types import SparkType

_WHOLE = frozenset({"tinyint", "smallint", "int", "bigint", "date"})
_PLACE_BITS = 6  # of 64 places in a word
_BITS = "_bits"
_ROWS = "_rows"


def shared_bits(types: Sequence[SparkType]) -> tuple[int, ...]:
    """Return, per column of a key, how many of its lowest bits say which bit of a word it is; 0 for all but numbers."""
    whole = [position for position, type_ in enumerate(types) if type_.name in _WHOLE]
    shares = [0] * len(types)
    for place in range(_PLACE_BITS if whole else 0):
        shares[whole[place % len(whole)]] += 1
    return tuple(shares)


@dataclass(frozen=True)
class Packed:
    """A key as words.

    Attributes:
        words: Columns that say which word; two rows with one key have equal ones. Null where the key's column is.
        bit: The bit within the word; never null.
    """

    words: tuple[Column, ...]
    bit: Column

    def names(self, mark: str) -> tuple[str, ...]:
        """Return names for the columns of the word, which begin with a mark."""
        return tuple(f"{mark}_word_{position}" for position in range(len(self.words)))

    def named(self, mark: str) -> list[Column]:
        """Return the columns of the word, by the names of `names`."""
        return [word.alias(name) for word, name in zip(self.words, self.names(mark), strict=True)]


def packed(names: Sequence[str], types: Sequence[SparkType], *, is_exact: bool) -> Packed:
    """Return a key as words.

    Args:
        names: Its columns.
        types: Their types.
        is_exact: Whether keys with equal words and bits are equal. Else texts are told apart by a hash alone, and two
            keys may look like one, but never one like two.
    """
    words, places, texts = [], [], []
    for name, type_, bits in zip(names, types, shared_bits(types), strict=True):
        if bits:
            number = F.unix_date(column(name)) if type_.name == "date" else column(name)
            number = number.cast("bigint")
            words.append(F.shiftright(number, bits))
            places.append((F.coalesce(number, F.lit(0)).bitwiseAND(F.lit((1 << bits) - 1)), bits))
        elif is_exact or type_.name not in {"string", "binary"}:
            words.append(F.to_json(column(name)) if type_.has_map else column(name))
        else:
            texts.append(column(name))
    if texts:
        words.append(F.xxhash64(*texts))
    return Packed(tuple(words), _bit(places))


def _bit(places: Sequence[tuple[Column, int]]) -> Column:
    parts, shift = [], 0
    for value, bits in places:
        parts.append(F.shiftleft(value, shift))
        shift += bits
    place = reduce(add, parts) if parts else F.lit(0)
    return F.call_function("shiftleft", F.lit(1).cast("bigint"), place.cast("int"))


def common_types(ours: Sequence[SparkType], theirs: Sequence[SparkType]) -> tuple[SparkType, ...]:
    """Return what columns of two tables are packed by, so that equal keys of both have equal words and bits."""
    return tuple(mine if other.name in _WHOLE else other for mine, other in zip(ours, theirs, strict=True))


def bits_name(mark: str) -> str:
    """Return the name of the bits of `words_of`."""
    return f"{mark}{_BITS}"


def words_of(rows: DataFrame, key: Packed, mark: str) -> DataFrame:
    """Return the words of all keys that occur: the columns `<mark>_word_<n>` and `<mark>_bits`; one row per word."""
    spread = rows.select(*key.named(mark), key.bit.alias(_BITS))
    return spread.groupBy(*key.names(mark)).agg(F.bit_or(_BITS).alias(bits_name(mark)))


def crowded(rows: DataFrame, key: Packed, mark: str) -> DataFrame:
    """Return the words that have more rows than keys: `<mark>_word_<n>` and `_rows`; one row per word.

    Every key that two rows share is in one of them; a word may have other keys, too, of which each has one row.
    """
    spread = rows.select(*key.named(mark), key.bit.alias(_BITS))
    counted = spread.groupBy(*key.names(mark)).agg(F.bit_or(_BITS).alias(_BITS), F.count(F.lit(1)).alias(_ROWS))
    return counted.filter(F.col(_ROWS) > F.bit_count(_BITS)).drop(_BITS)


def suspected_rows() -> Column:
    """Return how many rows are in a word of `crowded`."""
    return F.col(_ROWS)


def same_word(key: Packed, mark: str) -> Column:
    """Return whether a row's key is in a word, nulls being equal."""
    return reduce(and_, [word.eqNullSafe(F.col(name)) for word, name in zip(key.words, key.names(mark), strict=True)])
