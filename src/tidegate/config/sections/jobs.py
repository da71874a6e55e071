"""Where job modules are, and what single jobs are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pydantic import Field

from tidegate.config.frozen import FrozenMapping, ReadOnlyMapping, Section
from tidegate.config.locations import LocalPath
from tidegate.config.scalars import Scalar, ScalarMapping

if TYPE_CHECKING:
    from collections.abc import Mapping

JobValue: TypeAlias = Scalar


class JobsSettings(Section):
    """Where job modules are, and what single jobs are told."""

    path: LocalPath = Field(default="jobs", description="Folder of the job modules, on this machine.")
    settings: ReadOnlyMapping[str, ScalarMapping] = Field(
        default_factory=dict,
        description="Settings of jobs, by the job's name. Secrets are references: env:NAME, file:PATH or a vault's.",
    )

    def of(self, name: str) -> Mapping[str, JobValue]:
        """Return the settings of one job; none where it is not named."""
        return self.settings.get(name, FrozenMapping({}))
