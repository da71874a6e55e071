"""A Java process that is killed under a run, as where memory ran out: one sentence and a summary, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.spark, pytest.mark.integration, pytest.mark.slow]

JOB = """
from tidegate import Append, Files, Output, SparkJob, entrypoint


class Orders(SparkJob):
    inputs = {"orders": Files("orders", "jsonl")}
    output = Output("bronze.orders", Append())

    def transform(self, frames):
        java = frames["orders"].sparkSession.sparkContext._gateway.proc
        java.kill()
        java.wait()
        return frames["orders"]


JOB = entrypoint(Orders)
"""
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: bronze.orders
version: 1.0.0
status: active
schema:
  - name: orders
    physicalName: bronze.orders
    properties:
      - {name: order_id, logicalType: integer, physicalType: bigint, required: true}
"""
SETTINGS = """
project: {name: shop}
storage: {root: lake}
landing: {root: landing}
spark: {conf: {spark.driver.memory: 1g, spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1}}
"""


def test_a_java_that_is_gone_is_told_in_one_sentence(tmp_path: Path) -> None:
    written = {
        "config/base.yaml": SETTINGS,
        "config/local.yaml": "{}\n",
        "config/pipelines/shop.yaml": "name: shop\ndescription: Orders.\njobs: [bronze.orders]\n",
        "contracts/bronze/orders.odcs.yaml": CONTRACT,
        "jobs/orders.py": JOB,
        "landing/orders/one.jsonl": '{"order_id": 1}\n',
    }
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-c", "from tidegate.cli import main; main()", "run", "shop", "--json"]
    environ = {**os.environ, "SPARK_LOCAL_DIRS": str(tmp_path)}
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    job = json.loads(ended.stdout)["jobs"][0]
    assert job["status"] == "failed"
    assert job["error"].startswith("Spark's Java process is gone\n  hint: ")
    assert job["inputs"][0]["columns"], "what was read is told"
