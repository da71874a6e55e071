"""The runners, each loaded when it is asked for: what one platform needs, others do without."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.model.releases import RunPlatform
    from tidegate.platforms.submissions.port import Runner

_RUNNERS: Mapping[RunPlatform, tuple[str, str]] = {
    "emr": ("emr", "EmrRunner"),
    "emr-serverless": ("emr_serverless", "EmrServerlessRunner"),
    "glue": ("glue", "GlueRunner"),
    "databricks": ("databricks", "DatabricksRunner"),
}


def runner_of(platform: RunPlatform) -> Runner:
    """Return what starts runs on a platform."""
    module, name = _RUNNERS[platform]
    return cast("Runner", getattr(import_module(f"tidegate.platforms.submissions.{module}"), name)())
