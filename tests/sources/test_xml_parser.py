from __future__ import annotations

import os
import subprocess
from datetime import datetime, timezone
from importlib import import_module
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.spark_servers import python_without

from tidegate.sources import xml_parser
from tidegate.sources.xml_parser import MAX_DEPTH, RowPath, UnreadableXmlError, documents_parser, parse_records

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
RATES = RowPath(("Cube", "Cube", "Cube"), is_anchored=False, inherited=frozenset({"time"}))
ITEM = RowPath(("item",), is_anchored=False, inherited=frozenset({"day", "shop"}))
NAMES = st.sampled_from(["id", "name", "price"])
TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Co"]), min_size=1, max_size=8)

ECB = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml" xmlns="http://www.ecb.int/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube>
    <Cube time='2017-01-03'><Cube currency='USD' rate='1.0385'/><Cube currency='JPY' rate='122.67'/></Cube>
    <Cube time='2017-01-02'><Cube currency='USD' rate='1.0465'/></Cube>
  </Cube>
</gesmes:Envelope>"""

LAUGHS = b"""<!DOCTYPE items [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<items><item>&c;</item></items>"""


def refusal(content: bytes, path: RowPath = ITEM) -> str:
    with pytest.raises(UnreadableXmlError) as error:
        parse_records(content, path)
    return str(error.value)


def test_records_take_over_what_the_elements_around_them_say() -> None:
    assert parse_records(ECB, RATES) == [
        {"currency": "USD", "rate": "1.0385", "time": "2017-01-03"},
        {"currency": "JPY", "rate": "122.67", "time": "2017-01-03"},
        {"currency": "USD", "rate": "1.0465", "time": "2017-01-02"},
    ]


@given(
    attributes=st.dictionaries(NAMES.map("a_{}".format), TEXTS),
    children=st.dictionaries(NAMES, TEXTS.filter(lambda text: text == text.strip())),
)
def test_attributes_and_children_come_back_as_they_were(attributes: dict[str, str], children: dict[str, str]) -> None:
    written = " ".join(f"{name}={quoteattr(text)}" for name, text in attributes.items())
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in children.items())
    content = f"<items><item {written}>{inner}</item></items>".encode()
    assert parse_records(content, ITEM) == [attributes | children]


def test_the_nearest_of_several_wins_and_the_record_itself_first() -> None:
    content = b"<all day='1' shop='far'><part shop='near' other='x'><item/><item day='own'/></part></all>"
    assert parse_records(content, ITEM) == [{"day": "1", "shop": "near"}, {"day": "own", "shop": "near"}]


def test_repeated_nested_and_annotated_children_are_kept() -> None:
    content = b"<all><item><tag>a</tag><tag>b</tag><to><city>X</city></to><price unit='EUR'>5</price>note</item></all>"
    assert parse_records(content, ITEM) == [
        {"tag": '["a", "b"]', "to": "<to><city>X</city></to>", "price": "5", "price.unit": "EUR", "item": "note"}
    ]


def test_a_path_from_the_root_does_not_match_deeper_elements() -> None:
    content = b"<all><item>1</item><part><item>2</item></part></all>"
    anchored = RowPath(("all", "item"), is_anchored=True, inherited=frozenset())
    assert parse_records(content, anchored) == [{"item": "1"}]


def test_an_element_of_the_same_name_within_a_record_belongs_to_it() -> None:
    assert parse_records(b"<item id='1'><item id='2'/></item>", ITEM) == [{"id": "1", "item": "", "item.id": "2"}]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<all><item></all>", "not valid XML (mismatched tag, line 1)"),
        (b"<all>\n<item>", "not valid XML (no element found, line 2)"),
        (b"<all>&secret;</all>", "not valid XML (undefined entity, line 1)"),
        (b"plain text", "not valid XML (syntax error, line 1)"),
        (b"<all><item>\xff</item></all>", "not valid XML (not well-formed (invalid token), line 1)"),
        (b"<?xml version='1.0' encoding='nothing'?><all/>", "not valid XML (unknown encoding)"),
        (b"<all/>", "no element item"),
        (LAUGHS, "XML that declares entities is refused"),
        (b"<a>" * (MAX_DEPTH + 1), "XML that is nested too deeply"),
    ],
)
def test_a_document_that_cannot_be_read_has_a_reason_without_its_content(content: bytes, reason: str) -> None:
    assert refusal(content) == reason


COLUMNS = ("file", "at", "number", "fields", "failure", "text")


def parsed(contents: dict[str, bytes]) -> list[dict[str, object]]:
    """Return what executors make of documents, in batches of two."""
    at = pa.array([NOON] * len(contents), pa.timestamp("us", "UTC"))
    documents = pa.RecordBatch.from_arrays(
        [pa.array(contents.keys()), at, pa.array(contents.values(), pa.binary())], names=["file", "at", "content"]
    )
    found = documents_parser(ITEM, "content", COLUMNS)(
        documents.slice(place, 2) for place in range(0, len(contents), 2)
    )
    batches = list(found)
    assert all(batch.schema.names == list(COLUMNS) for batch in batches)
    assert {batch.schema.field("at").type for batch in batches} == {pa.timestamp("us", "UTC")}
    return [row for batch in batches for row in batch.to_pylist()]


def test_every_document_becomes_its_records_or_one_row_that_says_why_not() -> None:
    rows = parsed(
        {
            "two.xml": b"<all day='1'><item id='a'/><item id='b'/></all>",
            "blank.xml": b" \n",
            "one.xml": "<item id='ö'/>".encode(),
            "cut.xml": "<item id='ö'".encode(),
            "odd.xml": b"<item>\xff</item>",
        }
    )
    assert [(row["file"], row["number"], row["fields"]) for row in rows] == [
        ("two.xml", 1, '{"id": "a", "day": "1"}'),
        ("two.xml", 2, '{"id": "b", "day": "1"}'),
        ("one.xml", 1, '{"id": "\\u00f6"}'),
        ("cut.xml", None, None),
        ("odd.xml", None, None),
    ]
    assert [row["failure"] and row["text"] for row in rows] == [
        None,
        None,
        None,
        "<item id='ö'",
        "PGl0ZW0+/zwvaXRlbT4=",
    ]
    assert rows[3]["failure"] == "not valid XML (unclosed token, line 1)"
    assert {row["at"] for row in rows} == {NOON}


READ = """
import sys, pyarrow, pyspark.cloudpickle
parse = pyspark.cloudpickle.loads(open(sys.argv[1], "rb").read())
contents = [b"<item id='1'/>", b"<item"]
documents = pyarrow.RecordBatch.from_pydict({"file": ["a", "b"], "at": [1, 2], "content": contents})
print([row for batch in parse([documents]) for row in batch.to_pylist()])
"""


def test_the_parser_goes_to_where_nobody_has_tidegate(tmp_path: Path) -> None:
    cloudpickle: Any = import_module("pyspark.cloudpickle")  # without types
    cloudpickle.register_pickle_by_value(xml_parser)
    sent = tmp_path / "parser"
    sent.write_bytes(cloudpickle.dumps(documents_parser(ITEM, "content", COLUMNS)))
    python, there = str(python_without("tidegate", tmp_path)), {**os.environ, "PYTHONPATH": ""}
    tried = subprocess.run([python, "-c", "import tidegate"], check=False, capture_output=True, text=True)
    assert "executors have no tidegate" in tried.stderr
    done = subprocess.run([python, "-c", READ, str(sent)], check=True, capture_output=True, text=True, env=there)
    assert "'number': 1, 'fields': '{\"id\": \"1\"}', 'failure': None" in done.stdout
    assert "'file': 'b', 'at': 2, 'number': None" in done.stdout
