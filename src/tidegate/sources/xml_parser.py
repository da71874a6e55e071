"""XML documents as records: parsed piece by piece, by a parser that refuses entities. No Spark."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # names and writing only; defusedxml does the parsing

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

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
