"""What reading a file must give, in plain Python: one expected row per line that is not blank."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from tests.sources.feeds import Read

COLUMNS = {"id": "bigint", "amount": "decimal(10,2)", "at": "timestamp", "day": "date", "name": "string"}

Texts = Mapping[str, str | None]


class RepeatedFieldError(ValueError):
    """An object has a field twice."""


def json_rows(file: str, content: bytes) -> list[Read]:
    """Return what a JSON lines file must give."""
    return [_json_row(file, number, line) for number, line in _lines(content)]


def csv_rows(file: str, content: bytes) -> list[Read]:
    """Return what a CSV file with a header and records of one line must give."""
    lines = _lines(content)
    if not lines:
        return []
    names = [name.strip() for name in next(csv.reader([lines[0][1].decode(errors="replace").removesuffix("\r")]))]
    return [_csv_row(file, number, line, names) for number, line in lines[1:]]


def multiline_rows(file: str, text: str) -> list[Read]:
    """Return what a sound CSV file with line breaks in its records must give; a record's number is its first line's."""
    reader = csv.reader(io.StringIO(text, newline=""))
    names = next(reader)
    rows: list[Read] = []
    start = reader.line_num + 1
    for cells in reader:
        if cells:
            rows.append(_shaped(file, start, dict(zip(names, [cell or None for cell in cells], strict=True))))
        start = reader.line_num + 1
    return rows


def _lines(content: bytes) -> list[tuple[int, bytes]]:
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip(b" \t\r")]


def _json_row(file: str, number: int, line: bytes) -> Read:
    try:
        text = line.decode().removesuffix("\r")
    except UnicodeDecodeError:
        return _failed(file, number, base64.b64encode(line).decode(), "not UTF-8")
    try:
        found = _object(text)
    except RepeatedFieldError:
        return _failed(file, number, text, "repeated field")
    except ValueError:
        found = None
    if found is None:
        return _failed(
            file, number, text, "not valid JSON" if text.lstrip(" ").startswith("{") else "not a JSON object"
        )
    return _shaped(file, number, found)


def _object(text: str) -> Texts | None:
    def refuse(_: str) -> object:
        raise ValueError("not JSON")

    found = json.loads(text, parse_constant=refuse, object_pairs_hook=tuple)
    if not isinstance(found, tuple):
        return None
    if len({name for name, _ in found}) < len(found):
        raise RepeatedFieldError
    return {name: _text(value) for name, value in found}


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(dict(value) if isinstance(value, tuple) else value, separators=(",", ":"), ensure_ascii=False)


def _csv_row(file: str, number: int, line: bytes, names: list[str]) -> Read:
    try:
        text = line.decode().removesuffix("\r")
    except UnicodeDecodeError:
        return _failed(file, number, base64.b64encode(line).decode(), "not UTF-8")
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        return _failed(file, number, text, "unclosed quote")
    if len(cells) != len(names):
        return _failed(file, number, text, "wrong number of fields")
    return _shaped(file, number, {name: cell or None for name, cell in zip(names, cells, strict=True)})


def _shaped(file: str, number: int, texts: Texts) -> Read:
    values: list[object] = []
    rescued = {name: text for name, text in texts.items() if name not in COLUMNS and text is not None}
    problems: list[tuple[str | None, str]] = []
    for name, kind in COLUMNS.items():
        text = texts.get(name)
        value = None if text is None else _CASTS[kind](text)
        values.append(value)
        if text is not None and value is None:
            problems.append((name, f"does not fit {kind}"))
            rescued[name] = text
    return Read(tuple(values), rescued or None, None, tuple(problems), file, number)


def _failed(file: str, number: int, record: str, reason: str) -> Read:
    return Read((None,) * len(COLUMNS), None, record, ((None, reason),), file, number)


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text.strip(" ")) and abs(int(text)) < 2**63 else None


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip(" ")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10**8) else None


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00")) if text[4:5] == "-" else None
    except ValueError:
        return None
    return found.astimezone(timezone.utc).replace(tzinfo=None) if found and found.tzinfo else found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


_CASTS: Mapping[str, Callable[[str], object]] = {
    "bigint": _whole,
    "decimal(10,2)": _decimal,
    "timestamp": _moment,
    "date": _day,
    "string": lambda text: text,
}
