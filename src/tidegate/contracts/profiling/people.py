"""Guesses which columns hold personal data, by their names and by what their texts look like. No Spark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.contracts.profiling.statistics import ColumnStatistics, Drawn

PersonalKind: TypeAlias = Literal["email", "phone", "card", "birth date", "name", "address"]

# Share of the texts from which on what they look like is enough.
_ENOUGH = 0.8
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_PERSON = "customer|client|contact|person|user|employee|patient|member|owner|guest|student|subscriber"
_WORDS: Mapping[PersonalKind, str] = {
    "email": r"e ?mails?|mail|mail address",
    "phone": r"phones?|telephones?|tel|mobile|cell ?phone|fax|msisdn|phone number",
    "card": r"credit card|card number|cardnumber|pan|cc number|payment card|debit card",
    "birth date": r"birth ?date|birth ?day|date of birth|dob|born|born at|born on|birth",
    "name": rf"(?:first|last|middle|full|given|family|sur|maiden|nick)\s?name|surname|forename|(?:{_PERSON}) name",
    "address": r"address|street|addr|house number|postal code|post ?code|zip|zip code",
}
_NAMES = {kind: re.compile(rf"\b(?:{words})\b") for kind, words in _WORDS.items()}
# Where a name speaks of something else that has an address, a mail or a name.
_OTHERWISE = re.compile(r"\b(?:ip|mac|web|url|memory|email type|mail type|is|has|count|number of)\b")
_FULL_NAME = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*(?: [^\W\d_]\.)?(?: [^\W\d_]+(?:['\u2019-][^\W\d_]+)*){1,3}")


@dataclass(frozen=True)
class PersonalGuess:
    """A guess that a column holds personal data.

    Attributes:
        kind: What they are.
        reason: What says so; without any value.
    """

    kind: PersonalKind
    reason: str


def guess(column: ColumnStatistics, drawn: Drawn) -> PersonalGuess | None:
    """Return which personal data a column seems to hold, or None.

    The name is enough, unless the values cannot be what it says; where the name says nothing, four of five texts must
    look like it.

    Args:
        column: What is known of the column.
        drawn: Rows that were drawn.
    """
    for kind, share in _looks(column, drawn).items():
        if share >= _ENOUGH and column.values:
            return PersonalGuess(kind, f"{share:.0%} of its texts look like it")
    words = spoken(column.name)
    for kind, pattern in _NAMES.items():
        if pattern.search(words) and not _OTHERWISE.search(words) and _can_be(kind, column):
            return PersonalGuess(kind, "its name says so")
    return None


def spoken(name: str) -> str:
    """Return a column's name as words in small letters: `customer first name` for `CustomerFirst_name`."""
    return " ".join(word.lower() for word in _WORD.findall(name))


def _looks(column: ColumnStatistics, drawn: Drawn) -> dict[PersonalKind, float]:
    if column.texts is None or not column.values:
        return {}
    texts = column.texts
    counted: dict[PersonalKind, int] = {"email": texts.emails, "card": texts.cards, "phone": texts.phones}
    shares = {kind: count / column.values for kind, count in counted.items()}
    if spoken(column.name) == "name":
        known = drawn.values(column.name)
        shares["name"] = sum(bool(_FULL_NAME.fullmatch(text)) for text in known) / len(known) if known else 0.0
    return shares


def _can_be(kind: PersonalKind, column: ColumnStatistics) -> bool:
    if column.is_nested or column.family == "boolean":
        return False
    if kind == "birth date":
        return True
    if column.family in {"date", "timestamp"}:
        return False
    return column.family == "string" or kind in {"phone", "card", "address"}
