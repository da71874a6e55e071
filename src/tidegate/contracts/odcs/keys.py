"""Keys that the standard does not know, and truth values in place of numbers: both would be rules that nobody wrote."""

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

from tidegate.contracts.odcs.library import OPERATORS
from tidegate.model.nearest import did_you_mean

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


# The operators that compare with numbers; the standard's model takes true for 1.
_NUMERIC = frozenset(OPERATORS) - {"mustBe", "mustNotBe"}


def check_keys(document: Mapping[str, YamlValue], problems: Problems) -> None:
    """Note what is wrong with keys of the schema and of the service levels; what lies elsewhere changes no rule."""
    for name, model in (("schema", SchemaObject), ("slaProperties", ServiceLevelAgreementProperty)):
        for path, text in _faults(document.get(name), model, (name,)):
            problems.add(path, text)


def _faults(value: YamlValue, model: type[BaseModel], path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _faults(item, model, (*path, position))
    elif isinstance(value, dict):
        known = {field.alias or name for name, field in model.model_fields.items()}
        for key, inner in value.items():
            below = _BELOW.get(model, {}).get(key)
            if key not in known and (model is not DataQuality or did_you_mean(key, known)):
                # Version 3.0 let quality items have further keys, so only those that look like a mistake are noted.
                yield (*path, key), f"the key {key!r} is not one of the standard{did_you_mean(key, known)}"
            elif model is DataQuality and key in _NUMERIC and _has_truth(inner):
                yield (*path, key), f"{key} compares with a number, not with true or false"
            elif below is not None:
                yield from _faults(inner, below, (*path, key))


def _has_truth(value: YamlValue) -> bool:
    return any(isinstance(one, bool) for one in (value if isinstance(value, list) else [value]))
