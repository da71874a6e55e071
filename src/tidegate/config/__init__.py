"""Settings: read from YAML files, environment variables and `--set`, checked as a whole, frozen, and handed in.

Nothing is read when this package is imported. `load_settings` reads everything once and reports every problem at once.
"""

from __future__ import annotations

from tidegate.config.frozen import FrozenMapping
from tidegate.config.loading import load_settings
from tidegate.config.pipelines import PipelineSettings
from tidegate.config.schema import SCHEMAS, SchemaName, json_schema
from tidegate.config.secrets import Secret, SecretReference
from tidegate.config.sections.alerts import AlertsSettings, LogAlertSettings
from tidegate.config.sections.connections import ConnectionSettings
from tidegate.config.sections.jobs import JobsSettings, JobValue
from tidegate.config.sections.lineage import FileTransportSettings, HttpTransportSettings, LineageSettings
from tidegate.config.sections.project import ContractsSettings, DbtSettings, LandingSettings, ProjectSettings
from tidegate.config.sections.run import GateSettings, RunSettings
from tidegate.config.sections.spark import SparkSettings
from tidegate.config.sections.storage import LayerName, LayerSettings, StorageSettings, TableFormat
from tidegate.config.settings import Platform, Settings

__all__ = [
    "SCHEMAS",
    "AlertsSettings",
    "ConnectionSettings",
    "ContractsSettings",
    "DbtSettings",
    "FileTransportSettings",
    "FrozenMapping",
    "GateSettings",
    "HttpTransportSettings",
    "JobValue",
    "JobsSettings",
    "LandingSettings",
    "LayerName",
    "LayerSettings",
    "LineageSettings",
    "LogAlertSettings",
    "PipelineSettings",
    "Platform",
    "ProjectSettings",
    "RunSettings",
    "SchemaName",
    "Secret",
    "SecretReference",
    "Settings",
    "SparkSettings",
    "StorageSettings",
    "TableFormat",
    "json_schema",
    "load_settings",
]
