"""What is known of data after one pass: statistics of columns, and a weighted sample of rows. No Spark."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.contracts.types import Family

# One standard deviation of the estimated number of distinct values, as a share of it.
DISTINCT_ERROR = 0.02
# How far the rank of a quantile may be off, as a share of the rows.
QUANTILE_ERROR = 0.0001
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# The longest text that is kept of a value.
TEXT_LENGTH = 64


@dataclass(frozen=True)
class Range:
    """How values are spread.

    Attributes:
        low: The smallest value, as text; None where there is no value.
        high: The greatest.
        mean: Their mean; None where they are no numbers.
        deviation: Their standard deviation (of a sample); None where they are no numbers, or there are fewer than two.
        quantiles: The values at `QUANTILES`, as text; empty where values have no order that could be measured.
    """

    low: str | None = None
    high: str | None = None
    mean: float | None = None
    deviation: float | None = None
    quantiles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Texts:
    """What the texts of a column are like. All are counted over all rows.

    Attributes:
        shortest: Characters of the shortest; None where there is no text.
        longest: Characters of the longest.
        reads_as: Per type, how many texts can be read as it: `boolean`, `bigint`, `double`, `date`, `timestamp`.
        plain_numbers: Texts that are digits with or without a point, without an exponent.
        whole_digits: Most digits before the point of such a text.
        decimals: Most digits after it.
        codes: Texts of digits that begin with a zero or a plus: numbers that count nothing.
        emails: Texts that are e-mail addresses.
        phones: Texts written as telephone numbers are, with a plus, spaces, dashes, points or brackets.
        cards: Texts of 13 to 19 digits whose check digit is that of a payment card.
    """

    shortest: int | None = None
    longest: int | None = None
    reads_as: Mapping[str, int] = field(default_factory=dict)
    plain_numbers: int = 0
    whole_digits: int = 0
    decimals: int = 0
    codes: int = 0
    emails: int = 0
    phones: int = 0
    cards: int = 0


@dataclass(frozen=True)
class ColumnStatistics:
    """What one pass tells of a column.

    Attributes:
        name: Its name.
        type: Its type, in DDL form.
        rows: Rows of the data.
        nulls: Rows without a value.
        distinct: Different values, estimated with an error of `DISTINCT_ERROR`; None for nested columns.
        nans: Values that are no number.
        range: How its values are spread.
        texts: What its texts are like; None where it has none.
        readings: How values are spread that were read from texts as numbers, days or moments, per such type.
    """

    name: str
    type: str
    rows: int
    nulls: int
    distinct: int | None = None
    nans: int = 0
    range: Range = Range()
    texts: Texts | None = None
    readings: Mapping[str, Range] = field(default_factory=dict)

    @property
    def values(self) -> int:
        """Rows with a value."""
        return self.rows - self.nulls

    @property
    def family(self) -> Family:
        """The kind of values."""
        return parse_type(self.type).family

    @property
    def is_nested(self) -> bool:
        """Whether its values are made of others, or are bytes: nothing is known of them but how many there are."""
        return self.family in {"array", "map", "struct", "binary"}


@dataclass(frozen=True)
class Drawn:
    """Rows that were drawn in the pass, each standing for `weight` rows.

    Attributes:
        weights: Per row, how many rows it stands for; all are 1 where every row was drawn.
        texts: Per column, the value of each row as text (cut after `TEXT_LENGTH` characters); None for null.
        is_whole: Whether every row was drawn.
    """

    weights: tuple[float, ...] = ()
    texts: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    is_whole: bool = True

    def values(self, name: str) -> tuple[str, ...]:
        """Return the different values of a column that were drawn, sorted."""
        return tuple(sorted({text for text in self.texts.get(name, ()) if text is not None}))

    def top(self, name: str, count: int) -> tuple[tuple[str, float], ...]:
        """Return the most frequent values of a column, each with its share (0 to 1) of the rows that have a value.

        None of nested columns. Shares are estimates, and exact where every row was drawn. Of equally frequent values
        the smaller comes first.

        Args:
            name: The column.
            count: The most values to return.
        """
        return weighted(self.texts[name], self.weights, count) if name in self.texts else ()


@dataclass(frozen=True)
class Statistics:
    """What one pass tells of data.

    Attributes:
        rows: Rows, without records that could not be read.
        columns: Their columns, in order.
        drawn: Rows that were drawn.
        unread: Records of files that could not be read at all.
        unknown: Records of files that have fields which the columns do not show.
    """

    rows: int
    columns: tuple[ColumnStatistics, ...]
    drawn: Drawn = field(default_factory=Drawn)
    unread: int = 0
    unknown: int = 0


def weighted(texts: Sequence[str | None], weights: Sequence[float], count: int) -> tuple[tuple[str, float], ...]:
    """Return the texts with the greatest weight, each with its share of the weight of all that are not null.

    Args:
        texts: The texts.
        weights: Their weights.
        count: The most to return.
    """
    total: dict[str, float] = {}
    for text, weight in zip(texts, weights, strict=True):
        if text is not None:
            total[text] = total.get(text, 0.0) + weight
    whole = sum(total.values())
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return tuple((text, weight / whole) for text, weight in ordered[:count])
