"""Jobs that are declared alone become job classes like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.job.base import SparkJob
from tidegate.model.declarations import Output, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from tidegate.model.standard import Standard


def standard_job(declared: Standard) -> type[SparkJob]:
    """Return the job class that a declaration means.

    Args:
        declared: The declaration.

    Raises:
        JobDefinitionError: The declaration cannot run.
    """

    def transform(self: SparkJob, inputs: Mapping[str, DataFrame]) -> DataFrame:  # noqa: ARG001 - it is a method
        from tidegate.transforms.catalogue import cleaned  # noqa: PLC0415 - loads Spark, which planning does not need

        (only,) = inputs.values()
        rows = cleaned(only, declared.steps)
        return rows if table_of(declared.source) is None else rows.drop(*(n for n in rows.columns if n.startswith("_")))

    body: dict[str, object] = {
        "__doc__": declared.description or f"{declared.table}, as its pipeline declares it.",
        "inputs": {"rows": declared.source},
        "output": Output(declared.table, declared.mode, declared.cluster_by),
    }
    if declared.steps or table_of(declared.source) is not None:
        body["transform"] = transform
    return type("StandardJob", (SparkJob,), body)
