"""A release as it is deployed, without anything being deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.model.releases import KINDS, Artefact, Release, Released, Submitting
from tidegate.platforms.submissions.port import Submission

if TYPE_CHECKING:
    from tidegate.model.releases import Kind

BASE = "s3://shop/releases/prod"
FILES: dict[Kind, str] = {
    "project": "project.zip",
    "entry_point": "tidegate_run.py",
    "wheel": "tidegate-0.1.0-py3-none-any.whl",
    "environment": "environment.tar.gz",
    "wheels": "tidegate.gluewheels.zip",
}


def released(**facts: object) -> Released:
    known: dict[str, object] = {
        "formats": ("delta", "parquet"),
        "conf": {"spark.sql.shuffle.partitions": "64"},
        "spark_submit": ("--conf", "spark.executor.cores=4"),
        "emr_cluster_id": "j-SHOP",
        "emr_serverless_application_id": "00shop",
        "emr_serverless_role_arn": "arn:aws:iam::123456789012:role/shop",
        "glue_job_name": "shop",
        "databricks": {"cluster_id": "0101-shop"},
        "log_uri": "s3://shop/logs",
    }
    artefacts = {kind: Artefact(FILES[kind], kind.replace("_", "") * 8, 1, kind) for kind in KINDS}
    submitting = Submitting(**{**known, **facts})  # type: ignore[arg-type] # what each test says
    return Released(Release("prod", "config", "3.11", "x86_64", artefacts, {}, {}, submitting), BASE)


def submission(*arguments: str, name: str = "silver.orders", target: str | None = None, **facts: object) -> Submission:
    return Submission(name, released(**facts), arguments, target)
