"""What a contract says that the gate does not enforce: told with its place, so that nobody takes it for a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.gx.suites import ENGINE as GX
from tidegate.contracts.odcs.drafts import MIN_SCORE
from tidegate.contracts.odcs.privacy import PRIVACY, SUBJECT
from tidegate.contracts.odcs.quality import ENGINE
from tidegate.storage.yaml_documents import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.storage.yaml_documents import Path, YamlValue

DESCRIBED = "in the data dictionary"
IGNORED = "kept as it is"

_TEXTS = ("description", "tags", "businessName", "classification")
_COLUMN = {
    **dict.fromkeys(_TEXTS, DESCRIBED),
    **dict.fromkeys(["name", "physicalName", "logicalType", "physicalType", "logicalTypeOptions", "required"], ""),
    **dict.fromkeys(["unique", "primaryKey", "primaryKeyPosition", "enum", "relationships"], ""),
}
_TABLE = {**dict.fromkeys(_TEXTS[:2], DESCRIBED), "name": "", "physicalName": "", "relationships": ""}
_CONTRACT = {
    **dict.fromkeys(["apiVersion", "kind"], ""),
    **dict.fromkeys(["version", "status", "domain", "tags", "team", "roles", "servers"], DESCRIBED),
}
_ABOUT = dict.fromkeys(["purpose", "usage", "limitations"], DESCRIBED)
_OWN_PROPERTIES = frozenset({"references", PRIVACY, SUBJECT})


@dataclass(frozen=True)
class Kept:
    """An entry of a contract that no rule comes from.

    Attributes:
        line: Its line.
        path: Its place, such as `schema[0].properties[2].examples`.
        use: What becomes of it.
    """

    line: int
    path: str
    use: str


def kept_entries(data: bytes, location: str, dataset: str) -> tuple[Kept, ...]:
    """Return the entries of a document that no rule comes from, in the order of their lines.

    Args:
        data: The document; it was read as a contract before.
        location: Where it comes from.
        dataset: The dataset that it was read for, of those that it describes.
    """
    document = parse_yaml(data, location)
    value = document.value if isinstance(document.value, dict) else {}
    found = [Kept(document.line(path), _shown(path), use) for path, use in _document(value, dataset)]
    return tuple(sorted(found, key=lambda entry: (entry.line, entry.path)))


def _document(value: Mapping[str, YamlValue], dataset: str) -> Iterator[tuple[Path, str]]:
    readers = {"schema", "slaProperties", "description"}
    yield from _entries({key: part for key, part in value.items() if key not in readers}, (), _CONTRACT)
    about = value.get("description")
    if isinstance(about, dict):
        yield from _entries(about, ("description",), _ABOUT)
    for place, level in _items(value.get("slaProperties"), ("slaProperties",)):
        if str(level.get("property")).lower() != "freshness":
            yield place, DESCRIBED
    schemas = [*_items(value.get("schema"), ("schema",))]
    named = [place for place, item in schemas if dataset in {item.get("name"), item.get("physicalName")}]
    chosen = [*named, *(place for place, _ in schemas)][:1]
    for place, item in schemas:
        if place in chosen:
            yield from _table(item, place)
        else:
            yield place, "about another table"


def _table(item: Mapping[str, YamlValue], path: Path) -> Iterator[tuple[Path, str]]:
    below = {"properties", "quality", "customProperties"}
    yield from _entries({key: part for key, part in item.items() if key not in below}, path, _TABLE)
    yield from _quality(item.get("quality"), (*path, "quality"))
    for place, extra in _items(item.get("customProperties"), (*path, "customProperties")):
        if extra.get("property") != MIN_SCORE:
            yield place, IGNORED
    for place, column in _items(item.get("properties"), (*path, "properties")):
        yield from _column(column, place)


def _column(item: Mapping[str, YamlValue], path: Path) -> Iterator[tuple[Path, str]]:
    below = {"properties", "items", "map", "quality", "customProperties"}
    yield from _entries({key: part for key, part in item.items() if key not in below}, path, _COLUMN)
    yield from _quality(item.get("quality"), (*path, "quality"))
    for place, extra in _items(item.get("customProperties"), (*path, "customProperties")):
        if extra.get("property") not in _OWN_PROPERTIES:
            yield place, IGNORED
    for place, inner in _items(item.get("properties"), (*path, "properties")):
        yield from _column(inner, place)
    element, parts = item.get("items"), item.get("map")
    if isinstance(element, dict):
        yield from _column(element, (*path, "items"))
    for name, part in parts.items() if isinstance(parts, dict) else ():
        if isinstance(part, dict):
            yield from _column(part, (*path, "map", name))


def _quality(value: YamlValue, path: Path) -> Iterator[tuple[Path, str]]:
    for place, item in _items(value, path):
        if item.get("type") == "text":
            yield place, "for people: no rule"
        elif item.get("type") == "custom" and str(item.get("engine")).lower() not in {ENGINE, GX.lower()}:
            yield place, f"for the engine {item.get('engine')}: no rule"


def _entries(value: Mapping[str, YamlValue], path: Path, uses: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    for key in value:
        use = uses.get(key, IGNORED)
        if use:
            yield (*path, key), use


def _items(value: YamlValue, path: Path) -> list[tuple[Path, Mapping[str, YamlValue]]]:
    listed = value if isinstance(value, list) else []
    return [((*path, position), item) for position, item in enumerate(listed) if isinstance(item, dict)]


def _shown(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
