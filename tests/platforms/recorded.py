"""What platforms show of themselves: variables, files, arguments and the session that is there already.

Written down from the platforms' documentation, and from programs of others that read the same; nothing was run there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from tidegate.platforms.databricks import DatabricksPlatform
from tidegate.platforms.emr import EmrPlatform
from tidegate.platforms.emr_serverless import EmrServerlessPlatform
from tidegate.platforms.glue import GluePlatform
from tidegate.platforms.port import Machine
from tidegate.platforms.spark_submit import SparkSubmitPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from tidegate.platforms.joining import SparkSource
    from tidegate.platforms.port import Platform

GATEWAY = {"PYSPARK_GATEWAY_PORT": "36201", "PYSPARK_GATEWAY_SECRET": "x", "PYSPARK_PYTHON": "/usr/bin/python3.11"}

ENVIRONMENTS: Mapping[str, tuple[Mapping[str, str], frozenset[str]]] = {
    "emr": ({**GATEWAY, "SPARK_HOME": "/usr/lib/spark"}, frozenset({"/mnt/var/lib/info/job-flow.json"})),
    "emr-serverless": (
        {**GATEWAY, "SERVERLESS_EMR_JOB_ID": "00f1", "SERVERLESS_EMR_VIRTUAL_CLUSTER_ID": "00f0"},
        frozenset(),
    ),
    "glue": ({**GATEWAY, "GLUE_VERSION": "5.1", "GLUE_PYTHON_VERSION": "3"}, frozenset()),
    "databricks": ({"DATABRICKS_RUNTIME_VERSION": "17.3", "SPARK_HOME": "/databricks/spark"}, frozenset()),
    "spark-connect": ({"SPARK_REMOTE": "sc://spark.example.com:15002/;token=zqX7sesame"}, frozenset()),
    "kubernetes": ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}, frozenset()),
    "spark-submit": (GATEWAY, frozenset()),
    "local": ({"HOME": "/home/me"}, frozenset()),
}
MANAGED = ("databricks", "emr", "emr-serverless", "glue")

_GLUE_LINE = (
    "--job-bookmark-option job-bookmark-disable --JOB_ID j_4b7 true --env prod --JOB_RUN_ID jr_9c2 "
    "--config s3://bucket/config --JOB_NAME orders --TempDir s3://aws-glue-assets/temporary/ --json true"
)
GLUE_ARGV = _GLUE_LINE.split()


def machine(*names: str) -> Machine:
    """Return a machine that shows the signs of all these platforms."""
    environ = {key: value for name in names for key, value in ENVIRONMENTS[name][0].items()}
    files = frozenset[str]().union(*(ENVIRONMENTS[name][1] for name in names))
    return Machine(environ, files.__contains__)


@dataclass
class RecordedConf:
    """The settings of a session: some can be set, others were read when it started."""

    values: dict[str, str]
    static: frozenset[str]
    was_set: dict[str, str] = field(default_factory=dict)

    def get(self, key: str, default: str | None = None) -> str | None:
        return self.values.get(key, default)

    def set(self, key: str, value: str) -> None:
        if key in self.static:
            raise ValueError(f'[CANNOT_MODIFY_CONFIG] Cannot modify the value of the Spark config: "{key}".')
        self.values[key] = self.was_set[key] = value


@dataclass
class RecordedSession:
    """A session that the platform made before the script began."""

    conf: RecordedConf
    formats: frozenset[str] = frozenset({"delta", "iceberg"})
    is_stopped: bool = False
    asked: str = ""
    version: str = "3.5.7"

    @property
    def read(self) -> RecordedSession:
        return self

    def format(self, name: str) -> RecordedSession:
        self.asked = name
        return self

    def load(self, path: str) -> None:
        known = self.asked in self.formats
        raise ValueError(f"[PATH_NOT_FOUND] {path}" if known else f"[DATA_SOURCE_NOT_FOUND] {self.asked}")

    def stop(self) -> None:
        self.is_stopped = True


@dataclass
class RecordedSource:
    """Gives the recorded session, or, where the platform leaves that to us, one that takes what it is given."""

    session: RecordedSession
    is_new: bool = False
    conf: dict[str, str] = field(default_factory=dict)
    application: str | None = None

    def get(self, conf: Mapping[str, str], application: str | None = None) -> SparkSession:
        self.conf, self.application = dict(conf), application
        for key, value in conf.items():
            if self.is_new or key not in self.session.conf.static:
                self.session.conf.values[key] = value
        return cast("SparkSession", self.session)


STATIC = frozenset({"spark.sql.extensions", "spark.sql.catalog.spark_catalog", "spark.sql.warehouse.dir"})


BOTH = frozenset({"delta", "iceberg"})


def source(
    conf: Mapping[str, str] | None = None, *, is_new: bool = False, formats: frozenset[str] = BOTH
) -> RecordedSource:
    """Return a source whose session has these settings and knows these formats."""
    values = {"spark.app.name": "theirs", **(conf or {})}
    return RecordedSource(RecordedSession(RecordedConf(values, STATIC), formats), is_new)


def adapter(name: str, spark: SparkSource) -> Platform:
    """Return a platform that takes its session from there."""
    kinds = {
        "databricks": DatabricksPlatform,
        "emr": EmrPlatform,
        "emr-serverless": EmrServerlessPlatform,
        "glue": GluePlatform,
        "spark-submit": SparkSubmitPlatform,
    }
    return cast("Platform", kinds[name](source=spark))
