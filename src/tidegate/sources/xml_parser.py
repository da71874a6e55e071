"""XML documents as records: parsed piece by piece, by a parser that refuses entities. No Spark.

This module goes to Spark's executors by itself, so it imports nothing of tidegate.
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # names and writing only; defusedxml does the parsing

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    import pyarrow as pa

MAX_DEPTH = 100


@dataclass(frozen=True)
class RowPath:
    """Where the records of a document are.

    Attributes:
        names: Names of the elements that lead to a record, without namespaces, outermost first.
        is_anchored: Whether the first of them is the document's root; otherwise they are the last ones of a longer way.
        inherited: Attributes that a record takes over from the elements around it.
    """

    names: tuple[str, ...]
    is_anchored: bool
    inherited: frozenset[str]

    def leads_to(self, way: list[str]) -> bool:
        """Return whether the elements from the root to this one end in a record."""
        return tuple(way[-len(self.names) :]) == self.names and (not self.is_anchored or len(way) == len(self.names))

    def __str__(self) -> str:
        """Return the path as it was given."""
        return ("/" if self.is_anchored else "") + "/".join(self.names)


class UnreadableXmlError(ValueError):
    """A document cannot be read; the message is the reason, without any of its content."""


def parse_records(content: bytes, path: RowPath) -> list[Mapping[str, str]]:
    """Return the records of a document in its order, each as texts by name.

    A record has its own attributes, its child elements (one with elements of its own as XML text; an attribute of a
    child as `child.attribute`), its own text under its element's name, and the inherited attributes that it does not
    have itself, the nearest first. A name that occurs several times has a JSON array of its texts.

    Raises:
        UnreadableXmlError: The document is not well-formed, declares entities, is nested deeper than 100 elements or
            has no record.
    """
    try:
        records = _records(content, path)
    except ET.ParseError as error:
        line, _ = error.position
        raise UnreadableXmlError(f"not valid XML ({_reason(error)}, line {line})") from error
    except DefusedXmlException as error:
        raise UnreadableXmlError("XML that declares entities is refused") from error
    except (LookupError, ValueError) as error:
        if isinstance(error, UnreadableXmlError):
            raise
        raise UnreadableXmlError("not valid XML (unknown encoding)") from error
    if not records:
        raise UnreadableXmlError(f"no element {path}")
    return records


def _records(content: bytes, path: RowPath) -> list[Mapping[str, str]]:
    records: list[Mapping[str, str]] = []
    way: list[str] = []
    around: list[dict[str, str]] = []
    depth = 0
    for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_entities=True):
        if event == "start":
            way.append(_local(element.tag))
            around.append({_local(name): value for name, value in element.attrib.items()})
            if len(way) > MAX_DEPTH:
                raise UnreadableXmlError("XML that is nested too deeply")
            if not depth and path.leads_to(way):
                depth = len(way)
            continue
        if depth == len(way):
            records.append(_fields(element, around[:-1], path.inherited))
            depth = 0
        way.pop()
        around.pop()
        if not depth:
            element.clear()
    return records


def _fields(record: Element, around: list[dict[str, str]], inherited: frozenset[str]) -> Mapping[str, str]:
    found: dict[str, list[str]] = {}
    for name, value in record.attrib.items():
        found.setdefault(_local(name), []).append(value)
    for child in record:
        name = _local(child.tag)
        is_leaf = len(child) == 0
        text = child.text or "" if is_leaf else ET.tostring(child, encoding="unicode").removesuffix(child.tail or "")
        found.setdefault(name, []).append(text)
        for attribute, value in child.attrib.items() if is_leaf else ():
            found.setdefault(f"{name}.{_local(attribute)}", []).append(value)
    text = "".join([record.text or "", *(child.tail or "" for child in record)]).strip()
    if text:
        found.setdefault(_local(record.tag), []).append(text)
    fields = {name: texts[0] if len(texts) == 1 else json.dumps(texts) for name, texts in found.items()}
    for attributes in reversed(around):
        for name in inherited & attributes.keys():
            fields.setdefault(name, attributes[name])
    return fields


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _reason(error: ET.ParseError) -> str:
    """Return expat's reason without the name that it may quote from the document."""
    return str(error).partition(":")[0].partition(" &")[0]


def documents_parser(
    path: RowPath, content: str, columns: Sequence[str]
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what turns batches of documents into batches of records, a batch per document.

    Args:
        path: Where the records are.
        content: Column of the documents.
        columns: Names of what comes out: the document's file and when it arrived, as they came in; the record's number
            (from 1), its fields as JSON; why the document cannot be read, and its text, where it cannot.
    """
    file, arrived, *own = columns

    def parse(documents: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415 - runs in Spark's Python workers

        for batch in documents:
            for index in range(batch.num_rows):
                one = batch.slice(index, 1)
                rows = list(_rows(one.column(content)[0].as_py(), path))
                found = [
                    pa.array(one.column(file).to_pylist() * len(rows), pa.string()),
                    pa.array(one.column(arrived).to_pylist() * len(rows), one.schema.field(arrived).type),
                    pa.array([row[0] for row in rows], pa.int64()),
                    *(pa.array([row[place] for row in rows], pa.string()) for place in (1, 2, 3)),
                ]
                yield pa.RecordBatch.from_arrays(found, names=[file, arrived, *own])

    return parse


def _rows(content: bytes, path: RowPath) -> Iterator[tuple[int | None, str | None, str | None, str | None]]:
    """Yield number, fields as JSON, failure and text of each record; for a document that cannot be read, once."""
    if not content.strip():
        return
    try:
        records = parse_records(content, path)
    except UnreadableXmlError as error:
        yield None, None, str(error), _as_it_came(content)
        return
    for number, fields in enumerate(records, start=1):
        yield number, json.dumps(fields), None, None


def _as_it_came(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode("ascii")
