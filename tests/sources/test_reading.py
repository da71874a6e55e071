from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Literal, cast

import pytest
from tests.sources import reference
from tests.sources.feeds import FEED, OWN, Feed, Read, landed, write
from tests.sources.reference import COLUMNS

from tidegate.errors import SourceError
from tidegate.sources.lines import WHOLE_FILE_BYTES, is_utf8
from tidegate.sources.listing import list_new
from tidegate.sources.reading import check_counts
from tidegate.testing.guard import forbid_actions

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

ODD_PATH = "day=1/[1] {a,b}*? +é%20#.jsonl"


def values(rows: list[Read]) -> list[tuple[object, ...]]:
    return [row.values for row in rows]


def test_the_columns_are_the_contracts_and_those_that_say_where_from(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path, {"1.jsonl": b'{"id":1}'})
    with forbid_actions():
        frame = Feed(str(tmp_path), "jsonl", COLUMNS).frame(spark)
    types = dict(frame.dtypes)
    assert frame.columns == [*COLUMNS, *OWN]
    assert {name: types[name] for name in COLUMNS} == COLUMNS
    assert types["_problems"] == "array<struct<column:string,reason:string>>"
    assert (types["_source_line"], types["_arrived_at"]) == ("bigint", "timestamp")


@pytest.mark.parametrize("format_", ["jsonl", "csv", "xml"])
def test_nothing_and_files_with_nothing_in_them_have_no_rows_and_all_columns(
    spark: SparkSession, format_: Literal["jsonl", "csv", "xml"]
) -> None:
    name = f"1.{format_}"
    cases: list[dict[str, bytes]] = [{}, {name: b""}, {name: b"\n \r\n", f"2.{format_}": b""}]
    for files in cases:
        with landed(files) as root:
            feed = Feed(root, format_, COLUMNS, (("row", "item"),) if format_ == "xml" else ())
            assert feed.frame(spark).columns == [*COLUMNS, *OWN]
            assert feed.rows(spark) == []


@pytest.mark.parametrize(("told", "fault"), [((2, 0, None), ""), ((3, 0, 1), "1 files .*: a.csv has 2 of 3")])
def test_the_records_of_a_file_are_as_many_as_its_manifest_says(
    spark: SparkSession, tmp_path: Path, told: tuple[int | None, ...], fault: str
) -> None:
    """A header makes no record, neither does a blank line, or a file without anything."""
    write(tmp_path, {"a.csv": b'id,text\n1,"x"\n\n2,y\n', "b.csv": b"", "c.csv": b"id\n3\n"})
    feed = Feed(str(tmp_path), "csv", COLUMNS)
    files = [
        replace(file, rows=rows)
        for file, rows in zip(list_new(feed.root, feed.declared, frozenset()), told, strict=True)
    ]
    if fault:
        with pytest.raises(SourceError, match=fault):
            check_counts(feed.frame(spark), files, FEED)
    else:
        check_counts(feed.frame(spark), files, FEED)


def test_a_file_is_found_by_its_name_whatever_is_in_it(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "root %41+", {ODD_PATH: b'{"id":1}'})
    assert [(row.file, row.line) for row in Feed(str(tmp_path / "root %41+"), "jsonl", COLUMNS).rows(spark)] == [
        (ODD_PATH, 1)
    ]


def test_a_record_arrives_when_its_file_was_written(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path, {"1.jsonl": b"{}"})
    frame = Feed(str(tmp_path), "jsonl", COLUMNS).frame(spark)
    written = datetime.fromtimestamp((tmp_path / FEED / "1.jsonl").stat().st_mtime, tz=timezone.utc)
    (row,) = frame.selectExpr("unix_millis(_arrived_at) as millis").collect()
    assert abs(row.millis / 1000 - written.timestamp()) < 0.01


def test_lines_of_large_files_have_no_number_and_are_otherwise_the_same(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    json = b'\xef\xbb\xbf{"id":1}\r\n\n\xff\n{"id":"x"}\n{"id":2}{'
    csv = b'\xef\xbb\xbfid,name\r\n1,"a,b"\r\n\r\n2\n3,\xff\n4,"open\n'
    write(tmp_path, {"1.jsonl": json, "1.csv": csv})
    monkeypatch.setattr("tidegate.sources.lines.WHOLE_FILE_BYTES", 1)
    cases: dict[Literal["jsonl", "csv"], list[Read]] = {
        "jsonl": reference.json_rows("1.jsonl", json),
        "csv": reference.csv_rows("1.csv", csv),
    }
    for format_, rows in cases.items():
        found = Feed(str(tmp_path), format_, COLUMNS).rows(spark)
        assert sorted(found, key=str) == sorted((row._replace(line=None) for row in rows), key=str)


def test_compressed_files_are_read(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path, {"1.csv": gzip.compress(b"id\n1\n2\n")})
    (tmp_path / FEED / "1.csv").rename(tmp_path / FEED / "1.gz")
    from tidegate.model.declarations import Files  # noqa: PLC0415 - for a suffix of its own
    from tidegate.sources.listing import list_new  # noqa: PLC0415 - as above
    from tidegate.sources.reading import read_files  # noqa: PLC0415 - as above

    declared = Files(FEED, "csv", suffix=".gz")
    feed = Feed(str(tmp_path), "csv", {"id": "int"})
    frame = read_files(spark, list_new(str(tmp_path), declared, frozenset()), declared, feed.contract)
    assert [(row.id, row["_source_line"]) for row in frame.orderBy("id").collect()] == [(1, 2), (2, 3)]


@pytest.mark.parametrize(("encoding", "expected"), [("iso-8859-1", "café\x80"), ("windows-1252", "café€")])
@pytest.mark.parametrize(("whole_bytes", "line"), [(WHOLE_FILE_BYTES, 3), (1, None)], ids=["small", "large"])
def test_other_encodings_and_delimiters(
    spark: SparkSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    expected: str,
    whole_bytes: int,
    line: int | None,
) -> None:
    monkeypatch.setattr("tidegate.sources.lines.WHOLE_FILE_BYTES", whole_bytes)
    write(tmp_path, {"1.csv": b"name;id\n \ncaf\xe9\x80;1"})
    options = (("delimiter", ";"), ("encoding", encoding))
    (row,) = Feed(str(tmp_path), "csv", {"id": "int", "name": "string"}, options).rows(spark)
    assert (row.values, row.line, row.problems) == ((1, expected), line, ())


@pytest.mark.parametrize("version", ["3.5.7", "4.1.3", "10.0.0"])
def test_each_line_of_spark_is_asked_in_its_own_words_what_is_utf8(spark: SparkSession, version: str) -> None:
    """Spark 3.5 has no word for it; Spark 4 fails on such bytes, unless it is asked by that word."""
    asked = str(is_utf8(cast("SparkSession", SimpleNamespace(version=version)), "content"))
    assert ("is_valid_utf8(content)" in asked) == (version != "3.5.7")
    rows = spark.createDataFrame([(b"caf\xc3\xa9",), (b"caf\xe9",), (b"",)], "content binary")
    found = rows.select(
        is_utf8(spark, "cast(content AS string)" if spark.version >= "4" else "content").alias("is_text")
    )
    assert [row.is_text for row in found.collect()] == [True, False, True]


def test_a_backslash_can_escape_quotes(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path, {"1.csv": b'name,id\n"a\\"b",1\n"c\\",2\n'})
    first, second = Feed(str(tmp_path), "csv", {"id": "int", "name": "string"}, (("escape", "\\"),)).rows(spark)
    assert first.values == (1, 'a"b')
    assert second.problems == ((None, "unclosed quote"),)


def test_a_header_that_cannot_be_used_leaves_every_record_as_it_came(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path, {"1.csv": b"id,id\n1,2\n"})
    (row,) = Feed(str(tmp_path), "csv", COLUMNS).rows(spark)
    assert (row.corrupt, row.problems) == ("1,2", ((None, "repeated column in the header"),))


def test_renamed_fields_fill_their_columns_and_are_rescued_under_their_own_name(
    spark: SparkSession, tmp_path: Path
) -> None:
    write(tmp_path, {"1.jsonl": b'{"No":"x","id":5,"name":"n"}'})
    (row,) = Feed(str(tmp_path), "jsonl", {"id": "int", "name": "string"}, (("rename", "No=id"),)).rows(spark)
    assert (row.values, row.rescued) == ((None, "n"), {"No": "x", "id": "5"})
    assert row.problems == (("id", "does not fit int"),)


TYPES = {
    "long_decimal": "decimal(30,10)",
    "ratio": "double",
    "flag": "boolean",
    "bytes": "binary",
    "tags": "array<int>",
    "place": "struct<city:string,zip:int>",
    "local": "timestamp_ntz",
}


def test_every_type_takes_what_is_written_like_it_and_nothing_else(spark: SparkSession, tmp_path: Path) -> None:
    good = (
        b'{"long_decimal":12345678901234567890.0123456789,"ratio":1e3,"flag":true,"bytes":"aGk=","tags":[1,2],'
        b'"place":{"city":"X","zip":7},"local":"2024-01-05T10:00:00"}'
    )
    bad = b'{"long_decimal":1e30,"ratio":"5d","flag":"maybe","bytes":"?","tags":[1,"x"],"place":[1],"local":"10:00"}'
    write(tmp_path, {"1.jsonl": good + b"\n" + bad})
    first, second = Feed(str(tmp_path), "jsonl", TYPES).rows(spark)
    assert first.values == (
        Decimal("12345678901234567890.0123456789"), 1000.0, True, bytearray(b"hi"), [1, 2], ("X", 7),
        datetime(2024, 1, 5, 10),  # noqa: DTZ001 - a local time
    )  # fmt: skip
    assert first.problems == ()
    assert second.values == (None,) * len(TYPES)
    assert second.problems == tuple((name, f"does not fit {kind}") for name, kind in TYPES.items())
    assert second.rescued is not None
    assert second.rescued["tags"] == '[1,"x"]'


RATES = {"rate_date": "date", "currency": "string", "rate": "decimal(18,8)"}


def test_xml_records_and_documents_that_cannot_be_read(spark: SparkSession, tmp_path: Path) -> None:
    sound = (
        b"<e:Envelope xmlns:e='http://e'><Cube><Cube time='2017-01-03'><Cube currency='USD' rate='1.0385' note='n'/>"
        b"<Cube currency='JPY' rate='none'/></Cube></Cube></e:Envelope>"
    )
    laughs = b"<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><l>&b;</l>"
    write(tmp_path, {"1.xml": sound, "2.xml": b"<a><b></a>", "3.xml": laughs, "4.xml": b"<a>\xff", "5.xml": b""})
    options = (("row", "Cube/Cube/Cube"), ("rename", "time=rate_date"))
    found = Feed(str(tmp_path), "xml", RATES, options).rows(spark)
    day = date(2017, 1, 3)
    assert found == [
        Read((day, "USD", Decimal("1.03850000")), {"note": "n"}, None, (), "1.xml", 1),
        Read((day, "JPY", None), {"rate": "none"}, None, (("rate", "does not fit decimal(18,8)"),), "1.xml", 2),
        _unread("2.xml", "<a><b></a>", "not valid XML (mismatched tag, line 1)"),
        _unread("3.xml", laughs.decode(), "XML that declares entities is refused"),
        _unread("4.xml", "PGE+/w==", "not valid XML (not well-formed (invalid token), line 1)"),
    ]


def _unread(file: str, record: str, reason: str) -> Read:
    return Read((None,) * len(RATES), None, record, ((None, reason),), file, None)


def test_parquet_files_of_different_schemas(spark: SparkSession, tmp_path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    (tmp_path / FEED).mkdir()
    tables = {
        "1": {"id": [1], "name": ["a"], "extra": [{"p": 1}], "raw": [b"\xff"]},
        "2": {"name": ["b", None], "id": ["7", "x"]},
        "3": {"amount": pa.array([1.005, None]), "at": [datetime(2024, 1, 5, tzinfo=timezone.utc), None]},
    }
    for name, table in tables.items():
        parquet.write_table(pa.table(table), tmp_path / FEED / f"{name}.parquet")
    found = Feed(str(tmp_path), "parquet", COLUMNS).rows(spark)
    nothing = (None, None, None, None)
    assert sorted(found, key=lambda row: (row.file, str(row.values))) == [
        Read((1, *nothing[:3], "a"), {"extra": '{"p":1}', "raw": "/w=="}, None, (), "1.parquet", None),
        Read((7, *nothing[:3], "b"), None, None, (), "2.parquet", None),
        Read((None, *nothing), {"id": "x"}, None, (("id", "does not fit bigint"),), "2.parquet", None),
        Read((None, Decimal("1.01"), datetime(2024, 1, 5), *nothing[:2]), None, None, (), "3.parquet", None),  # noqa: DTZ001 - as Spark gives it
        Read((None, *nothing), None, None, (), "3.parquet", None),
    ]


def test_a_file_that_is_no_parquet_is_named(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path, {"1.parquet": b"PAR1 but cut"})
    with pytest.raises(SourceError, match=r"not Parquet(.|\n)*1\.parquet"):
        Feed(str(tmp_path), "parquet", COLUMNS).frame(spark)


def test_what_spark_cannot_read_is_an_error_that_says_why(spark: SparkSession, tmp_path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    (tmp_path / FEED).mkdir()
    parquet.write_table(pa.table({"id": [1], "ID": [2]}), tmp_path / FEED / "1.parquet")
    with pytest.raises(SourceError, match=r"Spark cannot read the parquet files(.|\n)*orders\n(.|\n)*`id`"):
        Feed(str(tmp_path), "parquet", COLUMNS).frame(spark)


def test_a_file_that_has_gone_is_named_when_it_is_opened_and_when_it_is_read(
    spark: SparkSession, tmp_path: Path
) -> None:
    from tidegate.sources.failures import source_failure  # noqa: PLC0415 - as below
    from tidegate.sources.listing import list_new  # noqa: PLC0415 - for a list that is older than the read
    from tidegate.sources.reading import read_files  # noqa: PLC0415 - as above

    write(tmp_path, {"1.jsonl": b"{}"})
    feed = Feed(str(tmp_path), "jsonl", COLUMNS)
    files = list_new(feed.root, feed.declared, frozenset())
    frame = read_files(spark, files, feed.declared, feed.contract)
    (tmp_path / FEED / "1.jsonl").unlink()
    with pytest.raises(SourceError, match=r"has gone(.|\n)*1\.jsonl"):
        read_files(spark, files, feed.declared, feed.contract)
    with pytest.raises(Exception, match="not exist") as failure:
        frame.collect()
    known = source_failure(failure.value)
    assert known is not None
    assert known.where is not None
    assert known.where.endswith("1.jsonl")
    assert source_failure(ValueError("something else")) is None
