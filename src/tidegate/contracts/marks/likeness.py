"""Rows whose texts are nearly the same, looked for within blocks: rows that are the same in some other columns.

Each row of a block is compared with each, so a block has a greatest size, and the rows of a larger one fail: whether
they are alike was not asked. Rows meet by block, and no row is held against one of another block.
"""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, cast

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.contracts.marks.neighbours import Found
from tidegate.contracts.marks.sites import all_filled, column
from tidegate.contracts.rules.likeness import MOST_CHARACTERS, WORDS, likeness_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.rules.likeness import Likeness

_TEXT, _CONTENT, _PLACE, _NUMBER = "_text", "_content", "_place", "_number"


def compared_text(text: Column, how: Likeness) -> Column:
    """Return what is compared of a normalised text: its beginning, or the distinct pieces of that; null stays null.

    A text shorter than a piece is one piece.
    """
    text = F.substring(text, 1, MOST_CHARACTERS)
    if how.by == "levenshtein":
        return text
    whole = F.split(F.trim(text), r"\s+") if how.grams == WORDS else None
    length = F.char_length(text) if whole is None else F.size(whole)
    starts = F.sequence(F.lit(1), F.greatest(length - F.lit(how.gram_size - 1), F.lit(1)))

    def piece(start: Column) -> Column:
        if whole is None:
            return F.substr(text, start, F.lit(how.gram_size))
        return F.array_join(F.slice(whole, start, how.gram_size), " ")

    return F.when(text.isNotNull(), F.array_distinct(F.transform(starts, piece)))


def block_letters(text: Column, how: Likeness) -> Column:
    """Return the beginning of a normalised text that is part of the block."""
    return F.substring(text, 1, how.first_letters)


def is_alike(one: Column, other: Column, how: Likeness) -> Column:
    """Return whether two texts, as `compared_text` returns them, are alike. In whole numbers, so it is exact."""
    share, parts = how.least.numerator, how.least.denominator
    if how.by == "jaccard":
        both = F.size(F.array_intersect(one, other))
        return both * parts >= (F.size(one) + F.size(other) - both) * share
    longest = F.greatest(F.char_length(one), F.char_length(other))
    return F.levenshtein(one, other) * parts <= longest * (parts - share)


def with_alike(
    rows: DataFrame, check: Check, names: Sequence[str], counts: Column, identity: Sequence[Column]
) -> Found:
    """Return whether a text of the batch is like that of another row of its block; one with a null is like none.

    Args:
        rows: The rows.
        check: The rule.
        names: The column with what is compared, then those of the block.
        counts: Which rows count.
        identity: Columns that spread rows with nulls, which would otherwise all meet in one place.
    """
    how, text, mark = _how(check), column(names[0]), f"_like_{check.index}"
    is_whole = all_filled(names)
    apart = F.when(is_whole, F.lit(0).cast("bigint")).otherwise(F.xxhash64(*identity))
    block = Window.partitionBy(*map(column, names[1:]), apart)
    number, members = f"{mark}{_NUMBER}", f"{mark}{_TEXT}"
    asked = counts & is_whole
    rows = rows.withColumn(number, F.count_if(asked).over(block))
    fits = F.col(number) <= how.max_block
    rows = rows.withColumn(members, F.collect_list(F.when(asked & fits, text)).over(block))
    # A row is like itself.
    others = F.size(F.filter(F.col(members), lambda other: is_alike(text, other, how))) > 1
    rows = rows.withColumn(mark, asked & F.when(fits, others).otherwise(F.lit(True)))  # noqa: FBT003 - a literal
    return Found(rows.drop(number, members), F.col(mark))


def with_alike_in(
    rows: DataFrame, check: Check, names: Sequence[str], table: DataFrame, content: Column
) -> tuple[Found, Column]:
    """Return whether the text of a row is like one of its block in the table, and whether one of those is its own.

    Of a block of the table no more is brought to the rows than may be compared.

    Args:
        rows: The rows.
        check: The rule.
        names: The column with what is compared, then those of the block; of both.
        table: The table.
        content: What tells that a row of the table is the row itself, in terms of either.

    Returns:
        The rows with the first answer, and the second one; both are true or false.
    """
    how, text, mark = _how(check), column(names[0]), f"_like_held_{check.index}"
    keys = [f"{mark}_block_{position}" for position in range(len(names) - 1)]
    wanted = [f"{key}_of_batch" for key in keys]
    blocks = rows.filter(all_filled(names)).select(
        *[column(name).alias(key) for name, key in zip(names[1:], wanted, strict=True)]
    )
    held = table.filter(all_filled(names)).select(
        *[column(name).alias(key) for name, key in zip(names[1:], keys, strict=True)],
        F.struct(text.alias(_TEXT), content.alias(_CONTENT)).alias(mark),
    )
    near = held.join(F.broadcast(blocks.distinct()), _same(keys, wanted), "left_semi")
    place = F.row_number().over(Window.partitionBy(*keys).orderBy(*keys))
    near = near.withColumn(_PLACE, place).filter(F.col(_PLACE) <= how.max_block + 1)
    grouped = near.groupBy(*keys).agg(F.collect_list(mark).alias(mark))
    joined = rows.join(grouped, _same(names[1:], keys) & text.isNotNull(), "left").drop(*keys)
    entries, number = F.col(mark), F.coalesce(F.size(mark), F.lit(0))
    like = F.exists(entries, lambda entry: is_alike(text, entry[_TEXT], how))
    own = F.exists(entries, lambda entry: (entry[_CONTENT] == content) & is_alike(text, entry[_TEXT], how))
    fits, is_found, is_own = number <= how.max_block, f"{mark}_is_found", f"{mark}_is_own"
    false = F.lit(False)  # noqa: FBT003 - a literal
    answers = {
        is_found: ~fits | F.coalesce(like, false),
        is_own: fits & F.coalesce(own, false),
    }
    return Found(joined.withColumns(answers).drop(mark), F.col(is_found)), F.col(is_own)


def _how(check: Check) -> Likeness:
    return cast("Likeness", likeness_of(check.rule))  # it is a rule that has one


def _same(names: Sequence[str], keys: Sequence[str]) -> Column:
    return reduce(and_, [column(name) == F.col(key) for name, key in zip(names, keys, strict=True)])
