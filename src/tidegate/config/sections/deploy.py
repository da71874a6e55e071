"""What is deployed, and where to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from tidegate.config.frozen import Section
from tidegate.config.locations import LocalPath, WritableLocation
from tidegate.model.releases import PLATFORMS, RunPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = r"^\S+$"


def _as_text(value: object) -> object:
    """Return a version as text: unquoted in YAML, 3.11 is a number."""
    return str(value) if isinstance(value, float) else value


class DatabricksCluster(Section):
    """The cluster that runs on Databricks have: one that is there, or a new one for each run."""

    cluster_id: str | None = Field(default=None, pattern=_ID, description="A cluster that is there.")
    spark_version: str = Field(
        default="17.3.x-scala2.13", pattern=_ID, description="Release of Databricks' runtime, of a new cluster."
    )
    node_type: str | None = Field(default=None, pattern=_ID, description="Kind of machine, of a new cluster.")
    workers: int = Field(default=2, ge=0, description="How many machines beside the driver, of a new cluster.")
    instance_profile_arn: str | None = Field(
        default=None, pattern=_ID, description="What a new cluster may do in AWS: reading the release is part of it."
    )

    def facts(self) -> Mapping[str, str]:
        """Return what is set, as text; empty where neither a cluster nor a kind of machine is named."""
        if self.cluster_id:
            return {"cluster_id": self.cluster_id}
        if not self.node_type:
            return {}
        given = {"spark_version": self.spark_version, "node_type": self.node_type, "workers": str(self.workers)}
        return given | ({"instance_profile_arn": self.instance_profile_arn} if self.instance_profile_arn else {})


class DeploySettings(Section):
    """What `tidegate deploy` makes, and where it puts it. What runs on platforms are called is in `export`."""

    location: WritableLocation | None = Field(
        default=None, description="Folder for releases, in an object store: one folder per environment in it."
    )
    platforms: Annotated[tuple[RunPlatform, ...], Field(strict=False, min_length=1)] = Field(
        default=PLATFORMS, description="Where the releases are run."
    )
    python: Annotated[str, BeforeValidator(_as_text)] = Field(
        default="3.11", pattern=r"^3\.[0-9]{1,2}$", description="Python's version on the platforms."
    )
    architecture: Literal["x86_64", "aarch64"] = Field(
        default="x86_64", description="Processors of the platforms: aarch64 for Graviton."
    )
    interpreter: str | None = Field(
        default=None, pattern=r"^/\S+$", description="Where Python is on EMR; null: /usr/bin/python with its version."
    )
    extras: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=("aws", "dbt", "delta", "openlineage"), description="Extras of tidegate that runs need."
    )
    requirements: LocalPath | None = Field(
        default=None, description="File with further packages that jobs need: name or name==version, one in a line."
    )
    log_uri: str | None = Field(
        default=None, pattern=r"^s3://\S+$", description="Folder in S3 for the logs of runs on EMR Serverless."
    )
    databricks: DatabricksCluster = Field(
        default_factory=DatabricksCluster, description="The cluster of runs on Databricks."
    )
