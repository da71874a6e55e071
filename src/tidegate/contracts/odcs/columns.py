"""Properties of a schema as columns: names and Spark SQL types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from open_data_contract_standard.model import MapDefinition

from tidegate.contracts.odcs.privacy import read_protection, read_subject, refuse_within
from tidegate.contracts.types import SparkType, parse_type
from tidegate.model.contracts import Column
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from open_data_contract_standard.model import SchemaProperty

    from tidegate.contracts.problems import Problems
    from tidegate.storage.yaml_documents import Path

OWN_PREFIX = "_"

_LOGICAL: Mapping[str, str] = {
    "boolean": "boolean",
    "date": "date",
    "integer": "bigint",
    "number": "double",
    "string": "string",
    "time": "string",
    "timestamp": "timestamp",
}
_FORMATS: Mapping[str, str] = {
    "i8": "tinyint",
    "i16": "smallint",
    "i32": "int",
    "i64": "bigint",
    "f32": "float",
    "f64": "double",
}
_NESTED = ("array", "map", "object")
_ALLOWED = ", ".join(sorted([*_LOGICAL, *_NESTED]))
_BARE_NESTED: Mapping[str, str] = {
    "array": "array",
    "list": "array",
    "map": "map",
    "object": "object",
    "record": "object",
    "struct": "object",
}


def column_name(item: SchemaProperty) -> str:
    """Return the name of a property's column: the physical one, where there is one."""
    return item.physicalName or item.name or ""


def read_columns(properties: Sequence[SchemaProperty], path: Path, problems: Problems) -> dict[int, Column]:
    """Return the columns of a table, by the position of their property.

    Args:
        properties: The properties of its schema.
        path: Their place.
        problems: Takes what is wrong; a property that cannot be a column is left out.
    """
    columns: dict[int, Column] = {}
    for position, item in enumerate(properties):
        place = (*path, position)
        name = column_name(item)
        if problem := _name_problem(name, columns.values()):
            problems.add(place, problem)
            continue
        found = _type_of(item, place, problems)
        columns[position] = Column(
            name=name,
            type=str(found) if found else "string",
            required=bool(item.required),
            description=(item.description or "").strip(),
            classification=item.classification or ("pii" if "pii" in (item.tags or ()) else None),
            line=problems.line(place),
            tags=tuple(item.tags or ()),
            business_name=(item.businessName or "").strip(),
            protection=read_protection(item, place, problems),
            subject=read_subject(item, place, problems),
        )
    return columns


def _name_problem(name: str, before: Iterable[Column]) -> str | None:
    if not name.strip():
        return "a property needs a name"
    if name.startswith(OWN_PREFIX):
        return f"the name {name!r} begins with _, which is kept for tidegate's own columns"
    twin = next((column for column in before if column.name.lower() == name.lower()), None)
    return (
        f"the name {name!r} is taken by the property on line {twin.line}; Spark does not tell capitals"
        if twin
        else None
    )


def _type_of(item: SchemaProperty, path: Path, problems: Problems) -> SparkType | None:
    physical = (item.physicalType or "").strip()
    logical = _BARE_NESTED.get(physical.lower()) or (None if physical else item.logicalType)
    if physical and logical is None:
        try:
            return parse_type(physical)
        except ValueError as error:
            problems.add((*path, "physicalType"), f"physicalType: {error}")
            return None
    if logical and logical in _NESTED:
        return _nested(item, logical, path, problems)
    if logical and logical in _LOGICAL:
        return parse_type(_FORMATS.get(str((item.logicalTypeOptions or {}).get("format")), _LOGICAL[logical]))
    said = (
        f"the logicalType {logical!r} is unknown{did_you_mean(logical, _LOGICAL)}" if logical else "a type is missing"
    )
    problems.add((*path, "logicalType"), f"{said}; give physicalType (Spark SQL), or a logicalType out of {_ALLOWED}")
    return None


def _nested(item: SchemaProperty, logical: str, path: Path, problems: Problems) -> SparkType | None:
    if logical == "object":
        refuse_within(item, path, problems)
        fields = read_columns(item.properties or (), (*path, "properties"), problems)
        if not fields:
            problems.add(path, "an object needs properties, or a physicalType such as struct<a:int>")
            return None
        return SparkType("struct", parts=tuple((field.name, parse_type(field.type)) for field in fields.values()))
    if logical == "array":
        inner, example = {"items": item.items}, "items, or a physicalType such as array<int>"
    else:
        of_map = item.map or MapDefinition()
        inner, example = {"key": of_map.key, "value": of_map.value}, "map, or a physicalType such as map<string,int>"
    parts: list[tuple[str, SparkType]] = []
    for name, part in inner.items():
        if part is None:
            problems.add(path, f"a column of type {logical} needs {example}")
        elif found := _type_of(part, (*path, *(["map"] if logical == "map" else []), name), problems):
            parts.append(("element" if logical == "array" else name, found))
    return SparkType(logical, parts=tuple(parts)) if len(parts) == len(inner) else None
