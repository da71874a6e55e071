from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.sources.feeds import Feed, Read, landed
from tests.sources.reference import COLUMNS, csv_rows, json_rows, multiline_rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

# An example costs a Spark job of a second or more: few and large ones, and none spent on making a failure smaller.
FEW = settings(max_examples=6, phases=(Phase.explicit, Phase.reuse, Phase.generate))

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=6)
LETTERS = st.text("ab ,\"'5;é€\t", max_size=8)
IDS = st.sampled_from(["1", "-7", "9223372036854775807", "9223372036854775808", "1.0", "x", " 5 ", ""])
AMOUNTS = st.sampled_from(["1.25", "1.005", "-0.1", "99999999.99", "100000000", "12,5", "free", "7"])
MOMENTS = st.sampled_from(["2024-01-05T10:00:00Z", "2024-01-05T10:00:00+02:00", "2024-01-05", "10:00", "T10", "2024"])
DAYS = st.sampled_from(["2024-02-29", "2023-02-29", "2024-01-05T10:00:00Z", "2024", "today"])
NUMBERS = st.integers(-(10**20), 10**20) | st.sampled_from([0.5, 12.25, -99.75, 1.125])
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "id": IDS | NUMBERS | st.none(),
        "amount": AMOUNTS | NUMBERS | st.none(),
        "at": MOMENTS | SCALARS,
        "day": DAYS | SCALARS,
        "name": SCALARS | st.lists(st.integers(0, 9), max_size=2),
        "extra": SCALARS | st.dictionaries(st.sampled_from("pq"), st.integers(0, 9)),
    },
)
SOUND = st.builds(lambda record, ascii_: json.dumps(record, ensure_ascii=ascii_).encode(), RECORDS, st.booleans())
FAULTS = st.sampled_from(
    [
        *(b"", b"  \t", b"null", b"5", b"[1]", b'"x"', b"{", b"}", b'{"id":01}', b"{'id':1}", b'{"id":NaN}'),
        *(b'{"id":1}{"id":2}', b'{"id":1},{"id":2}', b'{"id":1} x', b'{"id":1,"id":2}', b'{"x":1,"x":1}'),
        *(b'\xff{"id":1}', b'{"name":"\xe9"}'),
    ]
)
JUNK = st.binary(max_size=12).filter(lambda line: b"\n" not in line and b"\0" not in line)
CUT = st.builds(lambda line, at: line[: at % (len(line) + 1)], SOUND, st.integers(0, 500))
LINES = st.lists(SOUND | SOUND | FAULTS | JUNK | CUT, max_size=25)
ENDS = st.sampled_from([b"\n", b"\r\n"])
MARKS = st.sampled_from([b"", b"\xef\xbb\xbf"])
JSON_FILES = st.builds(
    lambda mark, lines, end, last: mark + end.join(lines) + last, MARKS, LINES, ENDS, st.sampled_from([b"", b"\n"])
)


def same(found: list[Read], expected: list[Read]) -> None:
    """Compare row by row, so that a failure shows the row that differs."""
    for row, wanted in zip(found, expected, strict=False):
        assert row == wanted
    assert len(found) == len(expected)


@FEW
@given(contents=st.lists(JSON_FILES, min_size=2, max_size=5))
def test_every_json_line_is_one_row_with_all_that_was_in_it(spark: SparkSession, contents: list[bytes]) -> None:
    files = {f"{number}/day.jsonl": content for number, content in enumerate(contents)}
    expected = [row for path, content in files.items() for row in json_rows(path, content)]
    with landed(files) as root:
        same(Feed(root, "jsonl", COLUMNS).rows(spark), expected)


def csv_line(cells: list[str], quoting: Literal[0, 1]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="").writerow(cells)
    return out.getvalue().encode()


HEADERS = st.permutations([*COLUMNS, "extra", " spaced "]).flatmap(
    lambda names: st.integers(2, len(names)).map(lambda count: names[:count])
)
QUOTING: st.SearchStrategy[Literal[0, 1]] = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
CELLS = {"id": IDS, "amount": AMOUNTS, "at": MOMENTS, "day": DAYS, "name": LETTERS}


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    header = draw(HEADERS)
    lines = [csv_line(header, draw(QUOTING))]
    for _ in range(draw(st.integers(0, 12))):
        cells = [draw(st.just("") | CELLS.get(name, LETTERS)) for name in header]
        line = csv_line(cells, draw(QUOTING))
        fault = draw(st.sampled_from(["none", "none", "none", "drop", "add", "open", "bytes", "blank"]))
        lines.append(
            {
                "none": line,
                "drop": csv_line(cells[:-1], csv.QUOTE_ALL),
                "add": line + b",more",
                "open": b'1,"' + line.replace(b'"', b""),
                "bytes": line + b"\xff",
                "blank": b" ",
            }[fault]
        )
    return draw(MARKS) + draw(ENDS).join(lines) + draw(st.sampled_from([b"", b"\n"]))


@FEW
@given(contents=st.lists(csv_files(), min_size=2, max_size=5))
def test_every_csv_line_is_one_row_whatever_the_headers_are(spark: SparkSession, contents: list[bytes]) -> None:
    files = {f"{number}.csv": content for number, content in enumerate(contents)}
    expected = [row for path, content in files.items() for row in csv_rows(path, content)]
    with landed(files) as root:
        same(Feed(root, "csv", COLUMNS).rows(spark), expected)


TALL = st.lists(st.tuples(IDS, st.text('a,"\n;é ', max_size=10), st.sampled_from(["", "\r\nx"])), max_size=10)


@FEW
@given(records=TALL, quoting=QUOTING)
def test_records_of_several_lines_stay_whole(
    spark: SparkSession, records: list[tuple[str, str, str]], quoting: Literal[0, 1]
) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="\n").writerows([("id", "name", "extra"), *records])
    text = out.getvalue()
    with landed({"a.csv": text.encode()}) as root:
        feed = Feed(root, "csv", COLUMNS, options=(("multiline", "true"),))
        same(feed.rows(spark), multiline_rows("a.csv", text))
