"""What a scheduler is told of a pipeline, beyond the pipeline itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tidegate.config.frozen import Section

_CRON = r"^\S+ \S+ \S+ \S+ \S+$"
_QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi)?$"
_DNS = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"


class ExportSettings(Section):
    """What a scheduler is told of a pipeline. Names and addresses that are left out, the scheduler has to know."""

    schedule: str | None = Field(
        default=None,
        pattern=_CRON,
        description="When it runs, in UTC: five fields of cron; null: when it is started.",
    )
    timeout_seconds: float | None = Field(
        default=None, gt=0, description="How long a run of the whole pipeline may take; null: any time."
    )
    config: str | None = Field(
        default=None,
        min_length=1,
        description="Where runs find the configuration: an object store address.",
    )
    entry_point: str | None = Field(
        default=None, min_length=1, description="Address of deploy/tidegate_run.py, for EMR and EMR Serverless."
    )
    spark_submit: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="Arguments for spark-submit on EMR and EMR Serverless, such as --conf and a=b."
    )
    emr_cluster_id: str | None = Field(default=None, min_length=1, description="The cluster, for EMR.")
    emr_serverless_application_id: str | None = Field(
        default=None, min_length=1, description="The application, for EMR Serverless."
    )
    emr_serverless_role_arn: str | None = Field(
        default=None, min_length=1, description="The role that jobs run as, for EMR Serverless."
    )
    glue_job_name: str | None = Field(
        default=None, min_length=1, description="The Glue job whose script is deploy/tidegate_run.py."
    )
    topic_arn: str | None = Field(
        default=None, min_length=1, description="The SNS topic that Step Functions tells of a run that failed."
    )
    image: str = Field(default="tidegate", min_length=1, description="The container image, for Kubernetes.")
    service_account: str = Field(
        default="tidegate", pattern=_DNS, description="The service account that pods run as, for Kubernetes."
    )
    secret: str = Field(
        default="tidegate",
        pattern=_DNS,
        description="The Kubernetes secret whose entries become environment variables, for references env:NAME.",
    )
    cpu: str = Field(default="2", pattern=_QUANTITY, description="Processors of a pod, requested; for Kubernetes.")
    memory: str = Field(
        default="6Gi", pattern=_QUANTITY, description="Memory of a pod, requested and at most; for Kubernetes."
    )
