"""What becomes of personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pydantic import Field

from tidegate.config.frozen import ReadOnlyMapping, Section
from tidegate.config.secrets import SecretReference
from tidegate.config.sections.storage import LayerName
from tidegate.model.privacy import Policies, PrivacyKey, Protection, no_key

if TYPE_CHECKING:
    from collections.abc import Mapping

Classes: TypeAlias = ReadOnlyMapping[str, Protection]


class PrivacySettings(Section):
    """What becomes of personal data: a key for hashes, and what holds where contracts say nothing."""

    key: SecretReference | None = Field(
        default=None,
        description="Where the key of hashes and tokens is; asked for only where something is hashed, made tokens "
        "of or erased. At least 16 bytes, and never changed: another key gives other hashes, and opens no token.",
    )
    layers: ReadOnlyMapping[LayerName, Classes] = Field(
        default_factory=dict,
        description="Per layer and classification (lower case), what becomes of columns whose contract has no property "
        "`privacy`: keep, mask, hash or tokenise. What is left out is kept.",
    )
    needs_role: tuple[LayerName, ...] = Field(
        default=(),
        strict=False,
        description="Layers in which a contract that keeps personal data in the clear has to name under `roles` who "
        "may read it.",
    )
    deadline_days: int = Field(
        default=30,
        ge=7,
        le=365,
        description="Within how many days the files of versions from before an erasure have to be gone.",
    )

    @property
    def policies(self) -> Policies:
        """What holds where contracts say nothing."""
        layers = {
            layer: {name.strip().lower(): asked for name, asked in of.items()} for layer, of in self.layers.items()
        }
        return Policies({str(layer): of for layer, of in layers.items()}, frozenset(map(str, self.needs_role)))

    def key_of(self, environ: Mapping[str, str]) -> PrivacyKey:
        """Return the key.

        Raises:
            ConfigError: There is none, it cannot be read, or it is too short.
        """
        if self.key is None:
            return no_key()
        return PrivacyKey(self.key.resolve(environ).reveal().encode())
