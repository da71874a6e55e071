"""Where tables live, and in which format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from tidegate import storage
from tidegate.config.frozen import ReadOnlyMapping, Section
from tidegate.config.locations import WritableLocation
from tidegate.config.sections.iceberg import IcebergSettings

LayerName: TypeAlias = Literal["bronze", "silver", "gold", "quarantine"]
TableFormat: TypeAlias = Literal["delta", "iceberg", "parquet", "memory"]

_USUAL: Mapping[LayerName, TableFormat] = {
    "bronze": "parquet",
    "silver": "delta",
    "gold": "delta",
    "quarantine": "parquet",
}


Evolution: TypeAlias = Literal["strict", "additive", "permissive"]


class LayerSettings(Section):
    """The tables of one layer."""

    format: TableFormat = Field(description="Format of the layer's tables; `memory` lasts as long as the process.")
    location: WritableLocation | None = Field(
        default=None, description="Folder of the layer's tables; by default the layer's name below storage.root."
    )
    evolution: Evolution | None = Field(
        default=None, description="How far the layer's tables follow their contracts; by default storage.evolution."
    )


def _completed(value: object) -> object:
    """Return the layers with the usual format for those that leave it out."""
    if not isinstance(value, Mapping):
        return value
    layers = {**{name: {} for name in _USUAL}, **value}
    return {
        name: {"format": _USUAL[name], **layer} if name in _USUAL and isinstance(layer, Mapping) else layer
        for name, layer in layers.items()
    }


class StorageSettings(Section):
    """Where tables live: a root, and a format and a place for each layer."""

    root: WritableLocation = Field(description="Folder that has one folder per layer.")
    layers: Annotated[ReadOnlyMapping[LayerName, LayerSettings], BeforeValidator(_completed)] = Field(
        default_factory=dict, description="Format and place of each layer."
    )
    iceberg: IcebergSettings = Field(
        default_factory=IcebergSettings, description="Where the tables of layers in Iceberg are registered."
    )

    evolution: Evolution = Field(
        default="additive",
        description="What may change of a table when its contract changes: `strict` nothing, `additive` columns may "
        "come, `permissive` also types may become wider and columns may take nulls. A column that goes, or a type that "
        "becomes narrower, is refused by all.",
    )

    def location_of(self, layer: LayerName) -> str:
        """Return the folder of a layer's tables."""
        return self.layers[layer].location or storage.join(self.root, layer)
