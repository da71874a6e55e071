"""Names of tables: a layer and a dataset."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate.errors import JobDefinitionError

_PART = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, order=True)
class TableName:
    """The name of a table, such as `silver.orders`.

    Attributes:
        layer: The layer, such as `bronze`, `silver` or `gold`.
        dataset: The dataset within the layer.
    """

    layer: str
    dataset: str

    def __post_init__(self) -> None:
        """Refuse a part that is not snake case, because names become folders, catalog names and metrics."""
        for part in (self.layer, self.dataset):
            if not _PART.fullmatch(part):
                raise JobDefinitionError(
                    f"{f'{self.layer}.{self.dataset}'.rstrip('.')!r} is not a table name",
                    hint="write <layer>.<dataset>, each in snake case, such as silver.orders",
                )

    @classmethod
    def parse(cls, text: str) -> TableName:
        """Return the name that a text such as `silver.orders` means.

        Raises:
            JobDefinitionError: The text is not two snake-case parts with a dot between them.
        """
        layer, _, dataset = text.partition(".")
        return cls(layer, dataset)

    def __str__(self) -> str:
        """Return `<layer>.<dataset>`."""
        return f"{self.layer}.{self.dataset}"
