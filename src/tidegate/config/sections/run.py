"""How runs go on and when they are refused."""

from __future__ import annotations

from pydantic import Field

from tidegate.config.frozen import Section
from tidegate.config.locations import Location


class GateSettings(Section):
    """When a batch is refused as a whole, beyond what each contract says."""

    max_quarantined_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Share (0 to 1) of a batch's rows that may go to quarantine; beyond it the run is refused.",
    )


class RunSettings(Section):
    """How runs go on, and where their reports are."""

    keep_going: bool = Field(
        default=False, description="Whether a pipeline runs the jobs that do not depend on one that failed."
    )
    reports: Location = Field(default="data/reports", description="Folder for one JSON report per run.")
