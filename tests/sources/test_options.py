from __future__ import annotations

from typing import Literal

import pytest

from tidegate.errors import JobDefinitionError
from tidegate.model.declarations import Files
from tidegate.sources.options import Options, parse_options


def parsed(format: Literal["jsonl", "csv", "xml", "parquet"], **options: str) -> Options:  # noqa: A002 - the field's name
    return parse_options(Files("orders", format, tuple(options.items())))


def test_a_format_without_options_has_its_defaults() -> None:
    found = parsed("csv")
    assert (found.delimiter, found.quote, found.escape, found.encoding) == (",", '"', '"', "utf-8")
    assert not found.is_multiline


def test_characters_and_encodings_have_their_usual_names() -> None:
    found = parsed("csv", delimiter="tab", quote="'", encoding="Latin_1", multiline="true")
    assert (found.delimiter, found.quote, found.escape, found.encoding) == ("\t", "'", "'", "iso-8859-1")
    assert found.is_multiline


def test_a_column_knows_the_name_that_the_files_give_it() -> None:
    found = parsed("jsonl", rename="time = rate_date, Currency=currency")
    assert [found.field_of(name) for name in ("rate_date", "currency", "rate")] == ["time", "Currency", "rate"]


@pytest.mark.parametrize(("row", "names", "is_anchored"), [("a/b", ("a", "b"), False), ("/a", ("a",), True)])
def test_the_way_to_an_xml_record(row: str, names: tuple[str, ...], is_anchored: bool) -> None:
    found = parsed("xml", row=row)
    assert (found.row, found.is_anchored) == (names, is_anchored)


@pytest.mark.parametrize(
    ("format", "options", "message"),
    [
        ("jsonl", {"delimiter": ";"}, "jsonl files have no option 'delimiter'"),
        ("parquet", {"encoding": "utf-8"}, "allowed are rename"),
        ("csv", {"encoding": "utf-16"}, "allowed are utf-8, iso-8859-1, windows-1252"),
        ("csv", {"delimiter": "||"}, "delimiter is not a single character"),
        ("csv", {"quote": "\n"}, "quote is not a single character"),
        ("csv", {"multiline": "yes"}, "neither true nor false"),
        ("csv", {"rename": "a"}, "not a list of field=column"),
        ("csv", {"rename": "a=x,b=x"}, "not a list of field=column"),
        ("csv", {"rename": "a=x,a=y"}, "not a list of field=column"),
        ("xml", {}, "XML needs the option row"),
        ("xml", {"row": "a//b"}, "XML needs the option row"),
    ],
)
def test_what_is_not_allowed_is_refused_and_says_what_is(
    format: Literal["jsonl", "csv", "xml", "parquet"],  # noqa: A002 - the field's name
    options: dict[str, str],
    message: str,
) -> None:
    with pytest.raises(JobDefinitionError) as refusal:
        parsed(format, **options)
    assert message in str(refusal.value)
    assert f"Files('orders', format='{format}')" in str(refusal.value)


def test_an_option_given_twice_is_refused() -> None:
    with pytest.raises(JobDefinitionError, match="given twice"):
        parse_options(Files("orders", "csv", (("quote", "'"), ("quote", '"'))))
