"""A small project, a bucket to deploy it to, and packages that need no network."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import s3_bucket, s3_endpoint

from tidegate.factory import deploying

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tidegate.releases.packages import Interpreter

__all__ = ["s3_bucket", "s3_endpoint"]

BASE = """
project: {name: shop}
storage: {root: data/lakehouse}
"""
PROD = """
storage: {{root: 's3://{bucket}/lakehouse'}}
deploy:
  location: s3://{bucket}/releases
  databricks: {{cluster_id: 0101-abc}}
  log_uri: s3://{bucket}/logs
spark:
  conf:
    spark.sql.shuffle.partitions: 64
    spark.driver.memory: 4g
    spark.hadoop.fs.s3a.secret.key: env:SHOP_KEY
lineage:
  transports: [{{type: http, url: 'http://lineage', api_key: 'env:SHOP_KEY'}}]
export:
  spark_submit: [--conf, spark.executor.cores=4]
  emr_cluster_id: {cluster}
  emr_serverless_application_id: {application}
  emr_serverless_role_arn: arn:aws:iam::123456789012:role/shop
  glue_job_name: shop
"""
JOB = """
from tidegate import parse_arguments


def hello(argv):
    print("hello from", parse_arguments(argv).env)
    return 0


JOB = (hello, "Say nothing.")
"""


def write_project(root: Path, bucket: str, cluster: str = "j-SHOP", application: str = "00shop") -> Path:
    """Write a project with the environments local and prod, and return its folder of configuration."""
    config = root / "config"
    config.mkdir()
    (config / "base.yaml").write_text(BASE)
    (config / "local.yaml").write_text("platform: auto\n")
    (config / "prod.yaml").write_text(PROD.format(bucket=bucket, cluster=cluster, application=application))
    for folder in ("jobs", "contracts/silver", "dbt/target"):
        (root / folder).mkdir(parents=True)
    (root / "jobs/hello.py").write_text(JOB)
    (root / "contracts/silver/orders.odcs.yaml").write_text("{}\n")
    (root / "dbt/dbt_project.yml").write_text("name: shop\n")
    (root / "dbt/target/manifest.json").write_text("{}")
    (root / ".env").write_text("SHOP_KEY=zqX7secret\n")
    return config


@pytest.fixture
def config(tmp_path: Path, s3_bucket: str) -> Path:
    return write_project(tmp_path, s3_bucket)


def small_wheel(name: str, version: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}/__init__.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{name}-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\n")
    return buffer.getvalue()


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, str]]:
    """Take the place of pip's index: a small wheel for each package; what was asked for is kept."""
    asked: list[Mapping[str, str]] = []

    def download(packages: Mapping[str, str], interpreter: Interpreter) -> dict[str, bytes]:
        asked.append(packages)
        chosen = sorted(packages)[:2]
        return {f"{name}-{packages[name]}-py3-none-any.whl": small_wheel(name, packages[name]) for name in chosen}

    monkeypatch.setattr(deploying, "download", download)
    return asked
