"""JSON Schemas of the settings' files, for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from tidegate.config.pipelines import NAME, PipelineSettings
from tidegate.config.sections.storage import StorageSettings
from tidegate.config.settings import WrittenSettings

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaValue

SchemaName: TypeAlias = Literal["settings", "storage", "pipeline"]
SCHEMAS: tuple[SchemaName, ...] = get_args(SchemaName)


def json_schema(name: SchemaName) -> str:
    """Return the schema of one kind of file as JSON text that ends with a line end.

    Settings are laid over each other, so nothing is required of a single file but in the items of a list.

    Args:
        name: `settings` for base.yaml and the overlays, `storage` for storage.yaml, `pipeline` for pipelines/*.yaml.
    """
    models: dict[SchemaName, type[BaseModel]] = {
        "settings": WrittenSettings,
        "storage": StorageSettings,
        "pipeline": PipelineSettings,
    }
    schema = models[name].model_json_schema()
    if name == "pipeline":
        _allow_names(schema)
    else:
        _drop_required(schema)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"


def _allow_names(schema: JsonSchemaValue) -> None:
    """Let a job of a pipeline be its name alone."""
    jobs = schema["properties"]["jobs"]
    jobs["items"] = {"anyOf": [{"type": "string", "pattern": NAME}, jobs["items"]]}


def _drop_required(schema: JsonSchemaValue) -> None:
    for part in (schema, *schema.get("$defs", {}).values()):
        if "const" not in part.get("properties", {}).get("type", {}):
            part.pop("required", None)
