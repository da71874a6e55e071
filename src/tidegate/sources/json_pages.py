"""The records of a page as the API wrote them, letter by letter. No Spark.

A record is cut out of its page and not written anew, so that the reader of JSON lines judges what was sent: digits that
no float holds, repeated fields, numbers that are none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tidegate.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.model.declarations import Api

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"

_SPACE = re.compile(r"[ \t\r\n]*")
_MOST_DIGITS = 40


def _whole(text: str) -> int | float:
    """Return a whole number; one of very many digits, which Python does not take, stays out of cursors anyway."""
    return int(text) if len(text) <= _MOST_DIGITS else float("nan")


_DECODER = json.JSONDecoder(parse_int=_whole)


@dataclass(frozen=True)
class Record:
    """One record.

    Attributes:
        text: As it was sent, on one line.
        value: What it says; None where it is no JSON.
    """

    text: str
    value: Json


@dataclass(frozen=True)
class Page:
    """One answer.

    Attributes:
        document: All of it; None for JSON lines.
        records: Its records, in their order.
    """

    document: Json
    records: tuple[Record, ...]


def parse_page(body: bytes, declared: Api) -> Page:
    """Return what an answer says. An empty one has no records.

    Raises:
        SourceError: It is not JSON, or its records are not where they should be.
    """
    text = _text(body, declared.label)
    if not text.strip():
        return Page(None, ())
    if declared.format == "jsonl":
        lines = (line.removesuffix("\r") for line in text.split("\n"))
        return Page(None, tuple(Record(line, _value(line)) for line in lines if line.strip()))
    try:
        document: Json = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise _refusal(
            declared, "an answer is not JSON", "nothing of it is read; run again, or ask its owner"
        ) from None
    start: int | None = _after_space(text, 0)
    for step in declared.records.split(".") if declared.records else ():
        start = None if start is None else _member(text, start, step)
    if start is None:
        raise _refusal(declared, f"an answer has nothing at {declared.records!r}", 'declare records="data.items"')
    if text.startswith("null", start):
        return Page(document, ())
    if text[start] != "[":
        raise _refusal(
            declared,
            f"there is no list of records at {declared.records!r}" if declared.records else "an answer is not a list",
            'declare where the list is: records="data.items"',
        )
    return Page(document, tuple(_items(text, start)))


def value_at(document: Json, path: str) -> Json:
    """Return what is at a dotted path; None where nothing is. A number counts the items of a list, -1 is the last."""
    found = document
    for step in path.split("."):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and re.fullmatch(r"-?\d{1,9}", step):
            at = int(step)
            found = found[at] if -len(found) <= at < len(found) else None
        else:
            return None
    return found


def _text(body: bytes, label: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError("an answer is not UTF-8", where=label, hint="JSON is always UTF-8; ask its owner") from None


def _value(line: str) -> Json:
    try:
        found: Json = _DECODER.decode(line)
    except (ValueError, RecursionError):
        return None
    return found


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _member(text: str, at: int, name: str) -> int | None:
    """Return where the value of an object's member begins; None where there is no such member, or no object."""
    if text[at] != "{":
        return None
    at = _after_space(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _after_space(text, _after_space(text, at) + 1)  # the colon
        if key == name:
            return at
        at = _next(text, _DECODER.raw_decode(text, at)[1])
    return None


def _items(text: str, at: int) -> Iterator[Record]:
    at = _after_space(text, at + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        # Within a string JSON has no line breaks.
        yield Record(text[at:end].replace("\r", " ").replace("\n", " "), value)
        at = _next(text, end)


def _next(text: str, at: int) -> int:
    """Return where the next member or item begins, or what closes them."""
    at = _after_space(text, at)
    return _after_space(text, at + 1) if text[at] == "," else at


def _refusal(declared: Api, what: str, hint: str) -> SourceError:
    return SourceError(what, where=declared.label, hint=hint)
