"""Gold by dbt: a dbt project built on the session and the tables of a run, within tidegate's job life cycle."""

from __future__ import annotations

from tidegate.job.dbt.job import DbtJob, DbtPlace
from tidegate.job.dbt.request import DbtBuild
from tidegate.job.dbt.result import DbtModel, DbtResult

__all__ = ["DbtBuild", "DbtJob", "DbtModel", "DbtPlace", "DbtResult"]
