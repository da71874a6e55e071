"""Settings of Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from tidegate.config.frozen import Section
from tidegate.config.scalars import ScalarMapping, text_of
from tidegate.config.secrets import SecretReference

if TYPE_CHECKING:
    from collections.abc import Mapping

SparkLine: TypeAlias = Literal["auto", "3.5", "4.0", "4.1"]


def _as_text(value: object) -> object:
    """Return a version as text: unquoted in YAML, 3.5 is a number."""
    return str(value) if isinstance(value, float) else value


class SparkSettings(Section):
    """Settings of Spark, over those that the platform sets."""

    line: Annotated[SparkLine, BeforeValidator(_as_text)] = Field(
        default="auto", description="Release line of Spark; auto takes the one that is installed."
    )
    conf: ScalarMapping = Field(
        default_factory=dict,
        description="Spark's own settings by their full names. Secrets are references: env:NAME, file:PATH or a "
        "vault's.",
    )

    @property
    def secret_keys(self) -> frozenset[str]:
        """The settings that are references to secrets."""
        return frozenset(key for key, value in self.conf.items() if isinstance(value, SecretReference))

    def resolved_conf(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the settings as Spark takes them, secrets included: hand the result to Spark and to nothing else.

        Args:
            environ: The environment variables.

        Raises:
            ConfigError: A secret cannot be read.
        """
        return {key: text_of(value, environ) for key, value in self.conf.items()}
