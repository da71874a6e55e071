"""Relationships of a document as foreign keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tidegate.contracts.odcs.columns import column_name
from tidegate.contracts.odcs.drafts import Handling, draft, read_handling
from tidegate.errors import JobDefinitionError
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from open_data_contract_standard.model import Relationship, SchemaObject, SchemaProperty

    from tidegate.contracts.problems import Problems
    from tidegate.model.contracts import Argument, Rule
    from tidegate.storage.yaml_documents import Path

_FILE = re.compile(r"(?:.*/)?(?P<layer>[^/]+)/(?P<dataset>[^/.]+)(?:\.odcs)?\.ya?ml#/?(?P<rest>.*)")
_WITH_LAYER = 3
_ALLOWED = (
    "write <dataset>.<column>, <layer>.<dataset>.<column> or <layer>/<dataset>.odcs.yaml#schema/…/properties/<column>"
)


class RelationshipReader:
    """Reads the relationships of one table."""

    def __init__(self, layer: str, names: Mapping[str, str], problems: Problems) -> None:
        """Read for a table of a layer.

        Args:
            layer: The layer; a reference without one stays in it.
            names: Per name of a property, the name of its column.
            problems: Takes what is wrong.
        """
        self._layer, self._names, self._problems = layer, names, problems

    def of_property(self, item: SchemaProperty, path: Path) -> Iterator[Rule]:
        """Yield the foreign keys that stand at a property, in `relationships` or in a custom property `references`."""
        column = column_name(item)
        for position, relationship in enumerate(item.relationships or ()):
            yield from self._rule([column], relationship, (*path, "relationships", position))
        for position, extra in enumerate(item.customProperties or ()):
            if extra.property == "references":
                place = (*path, "customProperties", position)
                yield from self._key([column], [str(extra.value)], Handling(), place)

    def of_table(self, item: SchemaObject, path: Path) -> Iterator[Rule]:
        """Yield the foreign keys that stand at the table."""
        for position, relationship in enumerate(item.relationships or ()):
            columns = [name.rpartition(".")[2].rpartition("/")[2] for name in _texts(relationship.from_)]
            place = (*path, "relationships", position)
            yield from self._rule([self._names.get(name, name) for name in columns], relationship, place)

    def _rule(self, columns: Sequence[str], relationship: Relationship, path: Path) -> Iterator[Rule]:
        if relationship.type not in {None, "foreignKey"}:
            self._problems.add((*path, "type"), f"the type {relationship.type!r} is not foreignKey")
            return
        handling = read_handling(None, relationship.customProperties, path, self._problems)
        yield from self._key(columns, _texts(relationship.to), handling, path)

    def _key(self, columns: Sequence[str], targets: Sequence[str], handling: Handling, path: Path) -> Iterator[Rule]:
        found = [self._target(text) for text in targets]
        tables = {table for table, _ in found if table is not None}
        if len(tables) != 1 or len(found) != len(columns) or any(table is None for table, _ in found):
            self._problems.add(
                path, f"a relationship leads from its columns to as many columns of one table; {_ALLOWED}"
            )
            return
        arguments: dict[str, Argument] = {"table": str(tables.pop()), "references": tuple(name for _, name in found)}
        yield draft("foreign_key", tuple(columns), handling, arguments, line=self._problems.line(path))

    def _target(self, text: str) -> tuple[TableName | None, str]:
        file = _FILE.fullmatch(text)
        path = (file["rest"] if file else text).strip("/").split("/")
        parts = path[1::2] if len(path) > 1 else text.split(".")
        if file:
            parts = [file["layer"], file["dataset"], parts[-1]]
        try:
            layer, dataset, name = parts if len(parts) == _WITH_LAYER else (self._layer, *parts)
            return TableName(layer, dataset), name
        except (ValueError, JobDefinitionError):
            return None, ""


def _texts(value: str | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
