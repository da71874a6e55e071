"""The settings as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import Field, model_validator

from tidegate.config.frozen import ReadOnlyMapping, Section
from tidegate.config.pipelines import PipelineSettings
from tidegate.config.sections.alerts import AlertsSettings
from tidegate.config.sections.connections import ConnectionsSettings
from tidegate.config.sections.deploy import DeploySettings
from tidegate.config.sections.export import ExportSettings
from tidegate.config.sections.jobs import JobsSettings
from tidegate.config.sections.lineage import LineageSettings
from tidegate.config.sections.maintenance import MaintenanceSettings
from tidegate.config.sections.privacy import PrivacySettings
from tidegate.config.sections.project import ContractsSettings, DbtSettings, LandingSettings, ProjectSettings
from tidegate.config.sections.run import GateSettings, RunSettings
from tidegate.config.sections.spark import SparkSettings
from tidegate.config.sections.storage import StorageSettings
from tidegate.config.sections.telemetry import LogSettings, MetricSettings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

Platform: TypeAlias = Literal[
    "auto", "databricks", "emr", "emr-serverless", "glue", "kubernetes", "local", "spark-connect", "spark-submit"
]


def _is_optional_section(field: FieldInfo) -> bool:
    kind = field.annotation
    return not field.is_required() and isinstance(kind, type) and issubclass(kind, Section)


class WrittenSettings(Section):
    """What may be written in base.yaml, in an overlay, in an environment variable or after --set."""

    project: ProjectSettings = Field(description="What the project is called.")
    storage: StorageSettings = Field(description="Where tables live; usually in a file of its own, storage.yaml.")
    platform: Platform = Field(default="auto", description="Where Spark comes from; auto looks around.")
    landing: LandingSettings = Field(default_factory=LandingSettings, description="Where files arrive.")
    contracts: ContractsSettings = Field(default_factory=ContractsSettings, description="Where the contracts are.")
    jobs: JobsSettings = Field(
        default_factory=JobsSettings, description="Where job modules are, and what jobs are told."
    )
    dbt: DbtSettings = Field(default_factory=DbtSettings, description="Where the dbt project is.")
    spark: SparkSettings = Field(default_factory=SparkSettings, description="Settings of Spark.")
    gate: GateSettings = Field(default_factory=GateSettings, description="When a batch is refused as a whole.")
    run: RunSettings = Field(default_factory=RunSettings, description="How runs go on.")
    lineage: LineageSettings = Field(default_factory=LineageSettings, description="Where OpenLineage events go.")
    maintenance: MaintenanceSettings = Field(
        default_factory=MaintenanceSettings, description="How tables are kept in order."
    )
    privacy: PrivacySettings = Field(default_factory=PrivacySettings, description="What becomes of personal data.")
    connections: ConnectionsSettings = Field(
        default_factory=dict, description="How databases, APIs and Kafka are reached, by the names that jobs use."
    )
    alerts: AlertsSettings = Field(default_factory=AlertsSettings, description="Who is told when something is wrong.")
    logs: LogSettings = Field(default_factory=LogSettings, description="How runs are logged.")
    metrics: MetricSettings = Field(default_factory=MetricSettings, description="Where the numbers of runs go.")
    export: ExportSettings = Field(
        default_factory=ExportSettings, description="What schedulers are told of pipelines (`tidegate export`)."
    )
    deploy: DeploySettings = Field(
        default_factory=DeploySettings, description="What is deployed, and where to (`tidegate deploy`)."
    )

    @model_validator(mode="before")
    @classmethod
    def _open_sections(cls, values: object) -> object:
        """Give each section that is left out an empty mapping, so that its default places are resolved, too."""
        if not isinstance(values, dict):
            return values
        return {**{name: {} for name, field in cls.model_fields.items() if _is_optional_section(field)}, **values}


class Settings(WrittenSettings):
    """All settings of one environment; every place in them is absolute.

    Attributes:
        environment: Name of the environment, which is the name of its overlay.
        root: The folder that relative places are meant from: the one that holds the configuration's folder.
        pipelines: The pipelines by name.
    """

    environment: str
    root: str
    pipelines: ReadOnlyMapping[str, PipelineSettings]
