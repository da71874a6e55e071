"""Rows with nulls, NaN and strange texts, and what plain Python says of them under every kind of rule about rows."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from tidegate.model.contracts import Argument

COLUMNS = {
    "i": "bigint",
    "n": "int",
    "n2": "int",
    "d": "double",
    "m": "decimal(10,2)",
    "s": "string",
    "f": "boolean",
    "day": "date",
    "at": "timestamp",
    "raw": "binary",
    "raw2": "binary",
}
UTC = timezone.utc


class Row(NamedTuple):
    i: int
    n: int | None
    n2: int | None
    d: float | None
    m: Decimal | None
    s: str | None
    f: bool | None
    day: date | None
    at: datetime | None
    raw: bytes | None
    raw2: bytes | None


days = st.dates(date(1999, 12, 30), date(2000, 1, 3))
texts = st.text(st.characters(exclude_characters="\r\x85\u2028\u2029\0", exclude_categories=["Cs"]), max_size=4)
MOMENT = "20240229T2359.123-17:30"
letters = st.sampled_from(
    ["", "a", "b", "abc", "a@b.co", "é", "😀😀", " 7 ", "-12", "+3", "7.0", "99999999999", "a\n", "A1"]
) | st.sampled_from(
    [
        "00000000-0000-4000-8000-00000000000F",
        "g0000000-0000-4000-8000-000000000000",
        "29.02.2024",
        "29.02.2023",
        "1.2.2024",
        "٢٩.02.2024",
        "29.02.2024\n",
        "31.04.2024",
        "01.01.0000",
        MOMENT,
        MOMENT.replace("17:", "18:"),
        MOMENT.replace("29T", "30T"),
        MOMENT.replace("T23", "T24"),
    ]
)
row = st.builds(
    Row,
    i=st.just(0),
    n=st.none() | st.integers(-3, 3) | st.sampled_from([-(2**31), 2**31 - 1]),
    n2=st.none() | st.integers(-3, 3),
    d=st.none() | st.floats(-3, 3) | st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.1]),
    m=st.none() | st.decimals(-3, 3, places=2),
    s=st.none() | letters | texts,
    f=st.none() | st.booleans(),
    day=st.none() | days,
    at=st.none() | st.integers(-36, 36).map(lambda hours: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    raw=st.none() | st.binary(max_size=2),
    raw2=st.none() | st.binary(max_size=2),
)
bounds = st.tuples(st.integers(-3, 3), st.integers(-3, 3)).map(sorted)
Judge = Callable[[Row], bool]
Case = tuple[str, tuple[str, ...], dict[str, Argument], Judge]


def of(names: str, fails: Callable[..., bool]) -> Judge:
    """Return a judge of some columns: a row with a null in one of them passes."""

    def judge(row: Row) -> bool:
        values = [getattr(row, name) for name in names.split()]
        return None not in values and fails(*values)

    return judge


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def is_address(text: str) -> bool:
    """Say it in other words than the pattern: one @, a name of plain characters, labels with dots between them."""
    name, at, domain = text.partition("@")
    labels = domain.split(".")
    plain = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    return (
        bool(at and name and set(name) <= plain | set(".!#$%&'*+/=?^_`{|}~-"))
        and len(labels) > 1
        and all(set(label) <= plain | {"-"} and 0 < len(label) <= 63 for label in labels)
        and not any(label.startswith("-") or label.endswith("-") for label in labels)
    )


def is_int(text: str) -> bool:
    found = re.fullmatch(r"[+-]?[0-9]+", text.strip(" \n"))
    return bool(found) and -(2**31) <= int(text) < 2**31


def is_uuid(text: str) -> bool:
    """Say it in other words than the pattern: five words of so many hexadecimal digits each."""
    words = text.split("-")
    digits = set("0123456789abcdefABCDEF")
    return [len(word) for word in words] == [8, 4, 4, 4, 12] and set().union(*words) <= digits


def is_day(text: str) -> bool:
    """Say it as Python's own parser does; it lets digits of other scripts and short fields pass, which are none."""
    try:
        return text.isascii() and len(text) == 10 and f"{datetime.strptime(text, '%d.%m.%Y'):%d.%m.%Y}" == text  # noqa: DTZ007
    except ValueError:
        return False


def range_cases(low: int, high: int) -> list[Case]:
    exact = Decimal(str(low / 10)), Decimal(str(high / 10))
    tenths: dict[str, Argument] = {"min": low / 10, "max": high / 10}
    day = date(2000, 1, 1 + max(low, 0))
    noon: dict[str, Argument] = {"max": f"{day}T12:00:00+02:00"}
    sizes: dict[str, Argument] = {"min": max(low, 0), "max": max(high, 0)}
    opened: dict[str, Argument] = {"exclusive_min": True, "exclusive_max": True}
    return [
        ("between", ("n",), {"min": low, "max": high}, of("n", lambda n: not low <= n <= high)),
        ("between", ("n",), {"min": low, "max": high, **opened}, of("n", lambda n: not low < n < high)),
        ("between", ("n",), tenths, of("n", lambda n: not exact[0] <= n <= exact[1])),
        ("between", ("d",), tenths, of("d", lambda d: not low / 10 <= d <= high / 10)),
        ("between", ("m",), {**tenths, **opened}, of("m", lambda m: not exact[0] < m < exact[1])),
        ("between", ("n",), {"min": low}, of("n", lambda n: n < low)),
        ("between", ("d",), {"min": low}, of("d", lambda d: not d >= low)),
        ("between", ("d",), {"max": high}, of("d", lambda d: not d <= high)),
        ("date_between", ("day",), {"min": str(day)}, of("day", lambda found: found < day)),
        ("date_between", ("day",), {"max": str(day), **opened}, of("day", lambda found: found >= day)),
        ("date_between", ("at",), noon, of("at", lambda at: at > midnight(day).replace(hour=10))),
        ("length", ("s",), sizes, of("s", lambda s: not max(low, 0) <= len(s) <= max(high, 0))),
    ]


def value_cases(low: int, high: int) -> list[Case]:
    return [
        ("accepted_values", ("n",), {"values": (low, high, 2**70)}, of("n", lambda n: n not in {low, high})),
        ("accepted_values", ("d",), {"values": (low, 0.1)}, of("d", lambda d: d not in {low, 0.1})),
        ("accepted_values", ("s",), {"values": ("a", "é")}, of("s", lambda s: s not in {"a", "é"})),
        ("accepted_values", ("f",), {"values": (True,)}, of("f", operator.not_)),
        ("accepted_values", ("day",), {"values": ("2000-01-01",)}, of("day", lambda day: day != date(2000, 1, 1))),
        ("not_missing", ("s",), {"values": (None, "", "a")}, lambda row: row.s in {None, "", "a"}),
        ("not_missing", ("s",), {"values": ("",)}, of("s", operator.not_)),
        ("not_missing", ("n",), {"values": (None,)}, lambda row: row.n is None),
        ("not_null", ("at",), {}, lambda row: row.at is None),
        ("pattern", ("s",), {"pattern": "^[a-c]+$"}, of("s", lambda s: not re.search("^[a-c]+$", s))),
        ("pattern", ("s",), {"pattern": r"\d|\s"}, of("s", lambda s: not re.search(r"\d|\s", s, re.ASCII))),
        ("email", ("s",), {}, of("s", lambda s: not is_address(s))),
        ("castable", ("s",), {"type": "int"}, of("s", lambda s: not is_int(s))),
        ("forbidden_values", ("s",), {"values": ("a", "")}, of("s", lambda s: s in {"a", ""})),
        ("forbidden_values", ("d",), {"values": (low, 0.1)}, of("d", lambda d: d in {low, 0.1})),
        ("uuid", ("s",), {}, of("s", lambda s: not is_uuid(s))),
        ("date_format", ("s",), {"format": "dd.MM.yyyy"}, of("s", lambda s: not is_day(s))),
        ("date_format", ("s",), {"format": "yyyyMMdd'T'HHmm.SSSXXX"}, of("s", lambda s: s != MOMENT)),
    ]


def outlier_cases(low: int, high: int) -> list[Case]:
    """Return rules that say what is usual, and one that leaves it to a baseline which is not there."""
    middle, apart, spread = low / 2, 1.5 * 0.7, 3.5 * 0.3 / 0.6745
    usual: dict[str, Argument] = {"by": "z_score", "max": 1.5, "mean": middle, "deviation": 0.7}
    fences: dict[str, Argument] = {"by": "iqr", "max": 0.5, "low_quartile": low, "high_quartile": high}
    modified: dict[str, Argument] = {"by": "mad", "max": 3.5, "median": 0, "mad": 0.3}
    fence = (high - low) / 2
    return [
        ("outlier", ("d",), usual, of("d", lambda d: not middle - apart <= d <= middle + apart)),
        ("outlier", ("n",), fences, of("n", lambda n: not low - fence <= n <= high + fence)),
        ("outlier", ("m",), modified, of("m", lambda m: not -spread <= float(m) <= spread)),
        ("outlier", ("n",), {"by": "mad", "max": 3}, lambda _: False),
    ]


def where_cases(low: int) -> list[Case]:
    """Return rules that concern some rows: those of which the condition holds, and it does not where it is null."""
    when: dict[str, Argument] = {"where": f"n2 > {low}"}
    return [
        ("not_null", ("s",), when, lambda row: row.n2 is not None and row.n2 > low and row.s is None),
        ("between", ("n",), {"min": 0, **when}, of("n n2", lambda n, n2: n2 > low and n < 0)),
        ("not_null", ("n",), {"where": "not f"}, lambda row: row.f is False and row.n is None),
        ("sql", (), {"expression": "n < 0", "where": "f or s = 'a'"}, when_f_or_a),
    ]


def when_f_or_a(row: Row) -> bool:
    return (row.f is True or row.s == "a") and row.n is not None and row.n >= 0


def comparison_cases(low: int) -> list[Case]:
    signs: dict[str, Callable[..., bool]] = {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "=": operator.eq,
        "!=": operator.ne,
    }
    pairs: list[Case] = [
        ("compare", ("n", "n2"), {"operator": sign}, of("n n2", lambda a, b, holds=holds: not holds(a, b)))
        for sign, holds in signs.items()
    ]
    return [
        *pairs,
        ("compare", ("d",), {"operator": "<", "value": low}, of("d", lambda d: not d < low)),
        ("compare", ("d",), {"operator": ">", "value": low}, of("d", lambda d: not d > low)),
        ("compare", ("s",), {"operator": "<", "value": "b"}, of("s", lambda s: not s < "b")),
        ("compare", ("f",), {"operator": "=", "value": False}, of("f", bool)),
        ("compare", ("raw", "raw2"), {"operator": "<"}, of("raw raw2", lambda a, b: not a < b)),
        ("date_order", ("day", "at"), {}, of("day at", lambda day, at: midnight(day) > at)),
        ("sql", (), {"expression": "n + n2 < 2"}, of("n n2", lambda a, b: 2 <= a + b < 2**31)),
        ("sql", (), {"expression": "n / n2 > 0"}, of("n n2", lambda a, b: b != 0 and not a / b > 0)),
        ("sql", (), {"expression": "s in ('a', '') or f"}, of("s f", lambda s, f: s not in {"a", ""} and not f)),
    ]


def all_cases(low: int, high: int) -> list[Case]:
    """Return rules and what they say of a row; the bounds are theirs."""
    return [
        *range_cases(low, high),
        *value_cases(low, high),
        *comparison_cases(low),
        *where_cases(low),
        *outlier_cases(low, high),
    ]
