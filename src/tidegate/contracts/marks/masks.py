"""The mask that says which rules a row failed: one bit per rule, packed into 64-bit integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks.checks import Check, word_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pyspark.sql import Column


def words(checks: Iterable[Check], fails: Callable[[Check], Column]) -> Mapping[str, Column]:
    """Return, per column of the mask, the bits of the rules that a row fails; the others are 0.

    Args:
        checks: The rules about rows.
        fails: Returns whether a row fails a rule; null means that it does not.
    """
    bits: dict[str, list[Column]] = {}
    for check in checks:
        bits.setdefault(word_name(check.word), []).append(F.when(fails(check), _long(check.mask)).otherwise(_long(0)))
    return {name: _joined(members) for name, members in bits.items()}


def empty_words(checks: Iterable[Check]) -> dict[str, Column]:
    """Return all columns of the mask, no bit set."""
    return {name: _long(0) for name in word_names(checks)}


def word_names(checks: Iterable[Check]) -> tuple[str, ...]:
    """Return the columns of the mask, in order; there is one even where no rule is about rows."""
    return tuple(word_name(word) for word in sorted({0, *(check.word for check in checks)}))


def has_failed(check: Check) -> Column:
    """Return whether a marked row failed a rule."""
    return F.expr(_has_bit(word_name(check.word), check.mask))


def is_good(checks: Sequence[Check]) -> Column:
    """Return whether a marked row failed no rule of severity error or fatal."""
    blocking: dict[str, int] = {}
    for check in checks:
        if check.is_blocking and check.bit is not None:
            name = word_name(check.word)
            blocking[name] = blocking.get(name, 0) | check.mask
    return F.expr(" AND ".join(f"NOT {_has_bit(name, mask)}" for name, mask in blocking.items()) or "true")


def _joined(bits: Sequence[Column]) -> Column:
    """Return the bits in one word, joined as a balanced tree: Spark walks expressions by recursion."""
    if len(bits) == 1:
        return bits[0]
    middle = len(bits) // 2
    return _joined(bits[:middle]).bitwiseOR(_joined(bits[middle:]))


def _has_bit(word: str, mask: int) -> str:
    return f"(({word} & {mask}L) <> 0L)"


def _long(value: int) -> Column:
    return F.expr(f"{value}L")
