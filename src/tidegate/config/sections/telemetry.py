"""How runs are logged, and where their numbers go."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from tidegate.config.frozen import Section
from tidegate.config.locations import LocalPath


class LogSettings(Section):
    """How runs are logged."""

    format: Literal["auto", "json", "text"] = Field(
        default="auto",
        description="A JSON document per line, or text for people; auto: text on a terminal, JSON elsewhere.",
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="The least level that is logged in JSON; as text, warnings are, and all with --debug.",
    )


class PrometheusSettings(Section):
    """A text file per job, for Prometheus's node exporter."""

    type: Literal["prometheus"]
    folder: LocalPath = Field(description="The folder that the exporter's textfile collector reads, on this machine.")


class CloudWatchSettings(Section):
    """Lines on standard error in CloudWatch's Embedded Metric Format."""

    type: Literal["cloudwatch"]
    namespace: str = Field(
        default="tidegate",
        pattern=r"^[A-Za-z0-9.#/_-]{1,255}$",
        description="Namespace of the metrics in CloudWatch.",
    )


MetricSinkSettings: TypeAlias = Annotated[PrometheusSettings | CloudWatchSettings, Field(discriminator="type")]


class MetricSettings(Section):
    """Where the numbers of runs go."""

    sinks: Annotated[tuple[MetricSinkSettings, ...], Field(strict=False)] = Field(
        default=(), description="Where they go; none: nowhere but into the record of the run."
    )
