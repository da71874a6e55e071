"""Keys that the standard does not know: a mistyped key would otherwise be a rule that is silently not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    Relationship,
    SchemaObject,
    SchemaProperty,
    ServiceLevelAgreementProperty,
)

from tidegate.contracts.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from tidegate.contracts.problems import Problems
    from tidegate.storage.yaml_documents import Path, YamlValue

_BELOW: Mapping[type[BaseModel], Mapping[str, type[BaseModel]]] = {
    SchemaObject: {
        "properties": SchemaProperty,
        "quality": DataQuality,
        "relationships": Relationship,
        "customProperties": CustomProperty,
    },
    SchemaProperty: {
        "properties": SchemaProperty,
        "items": SchemaProperty,
        "quality": DataQuality,
        "relationships": Relationship,
        "customProperties": CustomProperty,
    },
    DataQuality: {"customProperties": CustomProperty},
    Relationship: {"customProperties": CustomProperty},
}


def check_keys(document: Mapping[str, YamlValue], problems: Problems) -> None:
    """Note every unknown key of the schema and of the service levels; what lies elsewhere changes no rule."""
    for name, model in (("schema", SchemaObject), ("slaProperties", ServiceLevelAgreementProperty)):
        for path, key, known in _unknown(document.get(name), model, (name,)):
            problems.add((*path, key), f"the key {key!r} is not one of the standard{did_you_mean(key, known)}")


def _unknown(value: YamlValue, model: type[BaseModel], path: Path) -> Iterator[tuple[Path, str, set[str]]]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _unknown(item, model, (*path, position))
    elif isinstance(value, dict):
        known = {field.alias or name for name, field in model.model_fields.items()}
        for key, inner in value.items():
            below = _BELOW.get(model, {}).get(key)
            if key not in known and (model is not DataQuality or did_you_mean(key, known)):
                # Version 3.0 let quality items have further keys, so only those that look like a mistake are noted.
                yield path, key, known
            elif below is not None:
                yield from _unknown(inner, below, (*path, key))
