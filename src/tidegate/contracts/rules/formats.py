"""Dates and times as texts: a declared format such as `dd.MM.yyyy HH:mm`, read into a pattern and a way to ISO.

Neither Spark's parser nor Java's sees the format: what they make of a text differs between releases, and some raise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_TOKEN = re.compile(
    r"'(?P<text>(?:[^']|'')*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<sign>[^A-Za-z'])", re.DOTALL
)
_ZONE = r"Z|[+-](?:(?:0\d|1[0-7]):[0-5]\d|18:00)"
_FIELDS = {
    "yyyy": ("year", r"(?!0000)\d{4}"),
    "MM": ("month", r"\d{2}"),
    "M": ("month", r"\d{1,2}"),
    "dd": ("day", r"\d{2}"),
    "d": ("day", r"\d{1,2}"),
    "HH": ("hour", r"\d{2}"),
    "H": ("hour", r"\d{1,2}"),
    "mm": ("minute", r"\d{2}"),
    "ss": ("second", r"\d{2}"),
    **{"S" * digits: ("fraction", rf"\d{{{digits}}}") for digits in range(1, 7)},
    "XXX": ("zone", _ZONE),
}
_WITHOUT = {"year": "2000", "month": "01", "day": "01", "hour": "00", "minute": "00", "second": "00", "fraction": "0"}
_DAY, _TIME = ("year", "month", "day"), ("hour", "minute", "second")
_SHOWN = "yyyy, MM or M, dd or d, HH or H, mm, ss, S to SSSSSS, XXX"


@dataclass(frozen=True)
class Format:
    """A format of dates and times.

    Attributes:
        pattern: The regular expression of its texts, for Java and Python; one group per field.
        fields: The fields in the order of the groups, each with its letters; a text between them has no letters.
        parts: The letters and texts that it is made of; letters come with True.
    """

    pattern: str
    fields: tuple[str, ...]
    parts: tuple[tuple[str, bool], ...]

    @property
    def iso(self) -> str:
        """How Java puts the groups together so that Spark can cast the result to a timestamp."""
        place = {field: f"${number}" for number, field in enumerate(self.fields, start=1)}
        part = {**_WITHOUT, "zone": "", **place}
        return "{year}-{month}-{day} {hour}:{minute}:{second}.{fraction}{zone}".format(**part)

    def accepts(self, text: str) -> bool:
        """Return whether a text is a date or time in this format."""
        found = re.fullmatch(self.pattern.removeprefix(r"\A").removesuffix(r"\z"), text, re.ASCII)
        if found is None:
            return False
        given = {**_WITHOUT, **dict(zip(self.fields, found.groups(), strict=True))}
        day, time = ([int(given[name]) for name in names] for names in (_DAY, _TIME))
        try:
            datetime(day[0], day[1], day[2], time[0], time[1], time[2])  # noqa: DTZ001 - only whether there is such a day
        except ValueError:
            return False
        return True

    def written(self, moment: datetime) -> str:
        """Return a moment (UTC) as a text in this format."""
        values = {
            "year": moment.year,
            "month": moment.month,
            "day": moment.day,
            "hour": moment.hour,
            "minute": moment.minute,
            "second": moment.second,
            "fraction": 0,
        }
        told = [
            text if not is_field else "Z" if text == "XXX" else f"{values[_FIELDS[text][0]]:0{len(text)}}"
            for text, is_field in self.parts
        ]
        return "".join(told)


def parse_format(text: str) -> Format:
    """Return the format that a text declares.

    Raises:
        ValueError: It is not such a format; the message says why.
    """
    parts: list[tuple[str, bool]] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ValueError(f"a quote of the format {text!r} is not closed")
        if found["letters"] and found["letters"] not in _FIELDS:
            raise ValueError(f"{found['letters']!r} is no field of a format; known are {_SHOWN}, and texts in '…'")
        literal = "'" if found[0] == "''" else (found["text"] or "").replace("''", "'") or found["sign"]
        parts.append((found["letters"] or literal, bool(found["letters"])))
        position = found.end()
    fields = tuple(_FIELDS[part][0] for part, is_field in parts if is_field)
    if not fields:
        raise ValueError(f"the format {text!r} has no field; known are {_SHOWN}")
    if len(set(fields)) < len(fields):
        raise ValueError(f"the format {text!r} has a field twice")
    inner = "".join(f"({_FIELDS[part][1]})" if is_field else re.escape(part) for part, is_field in parts)
    return Format(rf"\A{inner}\z", fields, tuple(parts))
