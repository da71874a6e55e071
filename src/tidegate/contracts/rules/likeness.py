"""Texts that are nearly the same: how near two have to be, and which rows are compared with each other."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from tidegate.contracts.rules.arguments import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule

LEVENSHTEIN, JACCARD = "levenshtein", "jaccard"
CHARACTERS, WORDS = "characters", "words"

# So many rows of one block are compared, each with each. A block with more is not: its rows fail.
USUAL_BLOCK, LARGEST_BLOCK = 200, 1_000
# Of longer texts the beginning counts.
MOST_CHARACTERS = 1_000

_MOST_PARTS = 10_000
_MOST_AT_ONCE = 100
_USUAL_SIZE = {CHARACTERS: 3, WORDS: 1}

PARAMETERS = (
    Parameter("by", "text", choices=(JACCARD, LEVENSHTEIN)),
    Parameter("first_letters", "integer"),
    Parameter("gram_size", "integer"),
    Parameter("grams", "text", choices=(CHARACTERS, WORDS)),
    Parameter("max_block", "integer"),
    Parameter("min_likeness", "number"),
)


@dataclass(frozen=True)
class Likeness:
    """How near two texts have to be.

    Attributes:
        by: `levenshtein`, which counts the characters that have to be put in, taken out or replaced, or `jaccard`,
            which counts the pieces that both have.
        least: The share, of the longer one's characters that may stay or of all pieces, from which on two are alike.
        grams: What a piece consists of.
        gram_size: How many of these make a piece.
        first_letters: How many characters at the beginning have to be the same; 0 for none.
        max_block: How many rows of one block are compared.
    """

    by: Literal["levenshtein", "jaccard"]
    least: Fraction
    grams: Literal["characters", "words"]
    gram_size: int
    first_letters: int
    max_block: int


def likeness_of(rule: Rule) -> Likeness | None:
    """Return how near texts have to be; None where they have to be the same once they are normalised."""
    by = rule.argument("by")
    if by is None:
        return None
    grams: Literal["characters", "words"] = "words" if rule.argument("grams") == WORDS else "characters"
    return Likeness(
        by="levenshtein" if by == LEVENSHTEIN else "jaccard",
        least=Fraction(str(rule.argument("min_likeness"))),
        grams=grams,
        gram_size=_whole(rule, "gram_size", _USUAL_SIZE[grams]),
        first_letters=_whole(rule, "first_letters", 0),
        max_block=_whole(rule, "max_block", USUAL_BLOCK),
    )


def likeness_problems(rule: Rule, types: Mapping[str, SparkType]) -> Iterator[str]:
    """Yield what is wrong with how near texts have to be, and with which rows are compared."""
    given = [parameter.name for parameter in PARAMETERS if rule.argument(parameter.name) is not None]
    if "by" not in given:
        yield from (f"{name} needs by: levenshtein, or by: jaccard" for name in given)
        return
    if types[rule.columns[0]].name != "string":
        yield f"the first column is the text that is compared, and {rule.columns[0]} is a {types[rule.columns[0]]}"
    if len(rule.columns) == 1 and "first_letters" not in given:
        told = "further columns, or first_letters, have to say which rows are compared with each other"
        yield f"{told}: all with all would be too many"
    if rule.argument("by") == LEVENSHTEIN:
        yield from (f"{name} is for by: jaccard" for name in ("gram_size", "grams") if name in given)
    for name, least, most in (("first_letters", 1, _MOST_AT_ONCE), ("gram_size", 1, _MOST_AT_ONCE)):
        yield from _size_problems(rule, name, least, most)
    yield from _size_problems(rule, "max_block", 2, LARGEST_BLOCK)
    yield from _share_problems(rule)


def _share_problems(rule: Rule) -> Iterator[str]:
    given = rule.argument("min_likeness")
    if given is None:
        yield "min_likeness is needed: the share (more than 0, less than 1) from which on two texts are alike"
    elif not 0 < float(str(given)) < 1:
        yield f"min_likeness is more than 0 and less than 1, not {given}; texts that are the same need no by"
    elif Fraction(str(given)).denominator > _MOST_PARTS:
        yield f"min_likeness has at most four decimals, not {given}"


def _size_problems(rule: Rule, name: str, least: int, most: int) -> Iterator[str]:
    given = rule.scalar(name)
    if isinstance(given, int) and not least <= given <= most:
        yield f"{name} is a number from {least} to {most}, not {given}"


def _whole(rule: Rule, name: str, usual: int) -> int:
    given = rule.scalar(name)
    return given if isinstance(given, int) else usual
