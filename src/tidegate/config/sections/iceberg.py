"""Where Iceberg tables are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tidegate.config.frozen import Section
from tidegate.config.scalars import ScalarMapping, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

CatalogType: TypeAlias = Literal["hadoop", "jdbc", "rest", "glue"]
_WITH_ADDRESS = ("jdbc", "rest")


class IcebergSettings(Section):
    """The catalog of the layers whose format is `iceberg`; a layer is a namespace of it."""

    type: CatalogType = Field(
        default="hadoop", description="Kind of catalog; `hadoop` means that the folders themselves are the catalog."
    )
    name: str = Field(
        default="tidegate",
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
        description="Name of the catalog in Spark; a JDBC catalog also keeps its tables under this name.",
    )
    uri: str | None = Field(
        default=None, description="Address: of a JDBC catalog jdbc:postgresql://host/database, of a REST catalog https."
    )
    warehouse: str | None = Field(
        default=None, description="What the catalog calls its warehouse; by default storage.root."
    )
    properties: ScalarMapping = Field(
        default_factory=dict,
        description="Further properties by Iceberg's own names, such as jdbc.user or s3.endpoint. "
        "A secret is a reference: env:NAME, file:PATH or a vault's.",
    )

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        if self.type in _WITH_ADDRESS and not self.uri:
            raise PydanticCustomError(
                "tidegate",
                "has no address of the catalog",
                {"hint": f"set uri; a catalog of type {self.type} needs it"},
            )
        return self

    def resolved(self, root: str, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the catalog's properties, secrets included; none where the folders are the catalog.

        Args:
            root: The root of the tables.
            environ: The environment variables.

        Raises:
            ConfigError: A secret cannot be read.
        """
        if self.type == "hadoop":
            return {}
        given = {"type": self.type, "name": self.name, "warehouse": self.warehouse or root}
        address = {"uri": self.uri} if self.uri else {}
        return {**given, **address, **{key: text_of(value, environ) for key, value in self.properties.items()}}
