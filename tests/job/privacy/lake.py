"""A lakehouse of people with an erasure register, and a search of what its files hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from tests.job.privacy.people import KEY, SCHEMA, VISITS, People, Visits, contracts

from tidegate.job.erasure.erasing import Erasing
from tidegate.job.erasure.register import ErasureRegister
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.names import TableName
from tidegate.model.privacy import PrivacyKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.job.privacy.people import Person

    from tidegate.job.base import SparkJob
    from tidegate.model.reports import RunReport
    from tidegate.testing import Sandbox


def raw_contracts() -> tuple[Contract, ...]:
    """Return the contracts of the raw tables, which keep what came."""
    made = []
    for name, ddl in (("people", SCHEMA), ("visits", VISITS)):
        columns = tuple(Column(*part.split()) for part in ddl.split(", "))  # type: ignore[arg-type]
        rule = Rule("rows", "row_count", (), (("min", 0),), scope="batch")
        made.append(Contract(TableName("bronze", name), "1.0.0", columns, (rule,)))
    return tuple(made)


@dataclass(frozen=True)
class Lake:
    """A sandbox with the jobs of people and visits.

    Attributes:
        sandbox: The sandbox.
    """

    sandbox: Sandbox

    @property
    def register(self) -> ErasureRegister:
        """Its erasures."""
        return ErasureRegister(str(self.sandbox.root))

    @property
    def erasing(self) -> Erasing:
        """Who erases, by the real clock: the age of files is compared with it."""
        context = replace(self.sandbox.context, privacy_key=lambda: KEY, clock=lambda: datetime.now(timezone.utc))
        return Erasing(context, self.register, 30)

    def erasing_for(self, *jobs: type[SparkJob]) -> Erasing:
        """Return who erases in a project of these jobs."""
        return replace(self.erasing, jobs=lambda: jobs)

    def take(self, people: Sequence[Person], visits: Sequence[tuple[str, str, int]] = ()) -> list[RunReport]:
        """Let people and visits arrive, and run the jobs of those that did."""
        spark = self.sandbox.spark
        self.sandbox.arrive("bronze.people", spark.createDataFrame(list(people), SCHEMA))
        reports = [self.run(People())]
        if visits:
            self.sandbox.arrive("bronze.visits", spark.createDataFrame(list(visits), VISITS))
            reports.append(self.run(Visits()))
        return reports

    def run(self, job: SparkJob) -> RunReport:
        """Run a job."""
        return self.sandbox.run(job, privacy_key=lambda: KEY, erased=self.register.subjects)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Return the rows of all tables."""
        names = ("bronze.people", "bronze.visits", "silver.people", "silver.visits", "quarantine.silver_people")
        return {name: self.sandbox.rows(name) for name in (*names, "quarantine.silver_visits")}


def without(rows: dict[str, list[tuple[object, ...]]], person: str) -> dict[str, list[tuple[object, ...]]]:
    """Return rows of tables without those of a person: what must be left, by a plain model."""
    said = {person, KEY.hash(person)}
    return {
        name: [row for row in some if not said & {str(value).strip() for value in row}] for name, some in rows.items()
    }


def files_with(files: Iterable[Path], person: str) -> list[str]:
    """Return the Parquet files of which a value is the person, or holds the keyed hash: decoded as they lie there."""
    said = {person, KEY.hash(person)}
    found = []
    for file in files:
        rows = pq.ParquetFile(file).read().to_pylist()
        values = {str(value).strip() for row in rows for value in row.values()}
        if said & values:
            found.append(str(file))
    return found


def data_files(root: Path) -> list[Path]:
    """Return all Parquet files with rows below a folder, whatever version they are of."""
    return [file for file in root.rglob("*.parquet") if "_delta_log" not in file.parts]


OTHER_KEY = PrivacyKey(b"another key, of as many bytes")
__all__ = ["OTHER_KEY", "Lake", "contracts", "data_files", "files_with", "raw_contracts", "without"]
