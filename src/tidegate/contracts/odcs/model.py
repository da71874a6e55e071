"""The document as the standard's own model, whatever is wrong with it noted and left out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pydantic
from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject

from tidegate.contracts.odcs.keys import check_keys
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tidegate.contracts.problems import Problems
    from tidegate.storage.yaml_documents import Path, YamlValue

_KIND = "DataContract"
_EXTRA = "extra_forbidden"


def read_model(value: YamlValue, problems: Problems) -> OpenDataContractStandard:
    """Return the document; entries of a wrong type are noted and left out, so that the rest can be checked, too.

    Args:
        value: The document as plain values; wrong entries are removed from it.
        problems: Takes what is wrong.
    """
    if not isinstance(value, dict):
        problems.add((), "a contract is a mapping with the keys apiVersion, kind, id, version, status and schema")
        return OpenDataContractStandard()
    check_keys(value, problems)
    removed: set[Path] = set()
    while True:  # each turn takes out what was wrong
        try:
            model = OpenDataContractStandard.model_validate(value)
        except pydantic.ValidationError as error:
            found = {_path(value, wrong["loc"]): wrong for wrong in error.errors(include_url=False)}
            for path, wrong in found.items():
                problems.add(path, _explained(path, wrong["msg"], is_extra=wrong["type"] == _EXTRA))
                _remove(value, path)
            removed |= found.keys()
        else:
            _check_head(model, removed, problems)
            return model


def schema_object(model: OpenDataContractStandard, dataset: str, problems: Problems) -> tuple[int, SchemaObject] | None:
    """Return the schema of a table, and its position: the one of the dataset's name, or else the only one."""
    schemas = model.schema_ or []
    for position, item in enumerate(schemas):
        if dataset in {item.name, item.physicalName}:
            return position, item
    if len(schemas) == 1:
        return 0, schemas[0]
    names = ", ".join(item.name or "?" for item in schemas)
    said = f"none of the schemas ({names}) is named {dataset}" if names else "schema needs a table with properties"
    problems.add(("schema",), said)
    return None


def _check_head(model: OpenDataContractStandard, removed: Collection[Path], problems: Problems) -> None:
    if model.kind != _KIND and ("kind",) not in removed:
        problems.add(("kind",), f"kind is {_KIND}, not {model.kind!r}")
    if not (model.apiVersion or "").startswith("v3.") and ("apiVersion",) not in removed:
        problems.add(("apiVersion",), f"apiVersion is that of the standard, such as v3.1.0, not {model.apiVersion!r}")
    if not model.version and ("version",) not in removed:
        problems.add(("version",), "version is missing: the version of the contract, such as 1.0.0")


def _path(value: YamlValue, location: Sequence[str | int]) -> Path:
    """Return the path of an entry; pydantic's location also names the members of unions."""
    path: list[str | int] = []
    here = value
    for step in location:
        inner = _inner(here, step)
        if inner:
            here = inner[0]
            path.append(step)
    return tuple(path)


def _inner(value: YamlValue, step: str | int) -> list[YamlValue]:
    """Return what lies below a value, alone in a list; an empty list where nothing does."""
    if isinstance(value, dict) and isinstance(step, str) and step in value:
        return [value[step]]
    return [value[step]] if isinstance(value, list) and isinstance(step, int) else []


def _remove(value: YamlValue, path: Path) -> None:
    """Take an entry out; items of lists keep their positions, which tell their lines, as long as that helps."""
    here = value
    remove: Callable[[], object] = list
    for step in path:
        if isinstance(here, dict) and isinstance(step, str):
            remove, here = partial(here.pop, step, None), here.get(step)
        elif isinstance(here, list) and isinstance(step, int):
            remove, here = partial(here.__setitem__, step, {}) if here[step] != {} else remove, here[step]
    remove()


def _explained(path: Path, message: str, *, is_extra: bool) -> str:
    if is_extra:
        known = {field.alias or name for name, field in OpenDataContractStandard.model_fields.items()}
        return f"the key {path[-1]!r} is not one of the standard{did_you_mean(str(path[-1]), known)}"
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "the document")
    return f"{name}: {message[:1].lower()}{message[1:]}"
