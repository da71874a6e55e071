"""Which type the texts of a column are of. No Spark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.types import MAX_PRECISION

if TYPE_CHECKING:
    from tidegate.contracts.profiling.people import PersonalGuess
    from tidegate.contracts.profiling.statistics import ColumnStatistics, Range, Texts

# Digits before the point that values to come may have more.
_MORE_DIGITS = 2


@dataclass(frozen=True)
class Typed:
    """A type.

    Attributes:
        type: The type, in DDL form.
        reason: Why.
        range: How the values are spread that were read as this type; None where they stay texts.
    """

    type: str
    reason: str
    range: Range | None = None


def chosen_type(column: ColumnStatistics, person: PersonalGuess | None = None, *, is_text: bool = True) -> Typed:
    """Return the narrowest type that every text of a column can be read as; `string` where there is none.

    A column of data that are no texts keeps its type. Digits with a zero or plus before them, and those of telephones,
    cards and addresses, count nothing: they stay texts.

    Args:
        column: What is known of the column.
        person: What personal data it seems to hold.
        is_text: Whether a reader turns texts into the types of a contract.
    """
    texts = column.texts if is_text else None
    if texts is None:
        return Typed(column.type, "It has this type.")
    if not column.values:
        return Typed("string", "No value was seen.")
    if texts.codes:
        return Typed("string", f"{texts.codes:,} texts are digits with a zero or a plus before them.")
    if person and person.kind != "birth date":
        return Typed("string", f"It seems to hold personal data ({person.kind}).")
    return _read(column, texts)


def _read(column: ColumnStatistics, texts: Texts) -> Typed:
    count = column.values

    def every(kind: str, shown: str = "") -> Typed:
        reading = "double" if kind.startswith("decimal") else kind
        reason = f"Every one of {count:,} texts reads as {shown or f'a {kind}'}."
        return Typed(kind, reason, column.readings.get(reading))

    if texts.reads_as.get("boolean") == count:
        return every("boolean")
    if texts.reads_as.get("bigint") == count:
        return every("bigint", "a whole number")
    digits = texts.whole_digits + texts.decimals
    if texts.plain_numbers == count and digits <= MAX_PRECISION:
        return every(f"decimal({min(MAX_PRECISION, max(1, digits + _MORE_DIGITS))},{texts.decimals})")
    for kind in ("double", "date", "timestamp"):
        if texts.reads_as.get(kind) == count:
            return every(kind)
    return Typed("string", "Not every text reads as anything else.")
