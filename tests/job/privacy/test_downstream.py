"""Jobs that read what is new go on after an erasure whose old files went at once, whatever the formats are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F
from tests.job.privacy.lake import Lake, contracts, data_files, files_with, raw_contracts, without
from tests.job.privacy.people import KEY, SCHEMA, People, Visits, person
from tests.job.shop import FILES

from tidegate.errors import SelectionError
from tidegate.job.base import SparkJob
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.declarations import Affected, Output
from tidegate.model.erasures import Subject
from tidegate.model.modes import Upsert
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame

    from tidegate.testing import Sandbox

pytestmark = pytest.mark.spark

GONE = Subject("person_id", "person-1")
SUMS = Contract(
    TableName("gold", "sums"),
    "1.0.0",
    (Column("visit_id", "string", required=True), Column("seconds", "bigint")),
    (Rule("visit_is_there", "not_null", ("visit_id",)),),
    primary_key=("visit_id",),
)


class Sums(SparkJob):
    """Seconds per visit."""

    inputs = {"visits": Affected("bronze.visits", ("visit_id",))}
    output = Output("gold.sums", Upsert(("visit_id",), "seconds"))

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return the sum per visit."""
        return inputs["visits"].groupBy("visit_id").agg(F.sum("seconds").alias("seconds"))


def filled(new_sandbox: Callable[..., Sandbox], bronze: str, silver: str) -> Lake:
    """Return a lake that persons 1 and 2 have come into by two versions of the raw tables."""
    formats = {**FILES, "bronze": bronze, "silver": silver, "gold": silver}
    lake = Lake(new_sandbox(formats, contracts=(*contracts(), *raw_contracts(), SUMS)))
    lake.take([person(1), person(2)], [("v1", "person-1", 5), ("v2", "person-2", 6)])
    lake.run(Sums())
    return lake


@pytest.mark.parametrize("silver", ["delta", pytest.param("iceberg", marks=pytest.mark.default_line)])
@pytest.mark.parametrize("bronze", ["delta", "iceberg"])
def test_jobs_pass_over_an_erasure_whose_old_files_have_gone(
    new_sandbox: Callable[..., Sandbox], tmp_path: Path, bronze: str, silver: str
) -> None:
    lake = filled(new_sandbox, bronze, silver)
    before = lake.rows()
    done = lake.erasing.erase(GONE.hashed(KEY), at_once=True)
    assert (done.status, files_with(data_files(tmp_path), GONE.value)) == ("complete", [])
    assert lake.rows() == without(before, GONE.value)
    for job in (People(), Visits(), Sums()):
        assert lake.run(job).status == "nothing_new"

    people, visits = lake.take(
        [person(1, version=5), person(2, "new@b.example", version=5), person(3)],
        [("v2", "person-2", 10), ("v3", "person-3", 7), ("v4", "person-1", 8)],
    )
    sums = lake.run(Sums())
    assert (people.counts.read, people.counts.erased, people.counts.published) == (3, 1, 2)
    assert (visits.counts.read, visits.counts.erased, visits.counts.published) == (3, 1, 1)
    assert visits.counts.quarantined == 1, "v2 is there, and says something else"
    assert sums.counts.read == 3, "the groups that came, and no others"
    assert lake.sandbox.rows("gold.sums") == [(16, "v2"), (5, "v1"), (7, "v3"), (8, "v4")]
    assert len(lake.sandbox.rows("silver.people")) == 2
    assert GONE.hashed(KEY).hash not in str(lake.rows())


@pytest.mark.parametrize("bronze", ["delta", "iceberg"])
def test_files_that_a_job_has_yet_to_read_do_not_go_at_once(new_sandbox: Callable[..., Sandbox], bronze: str) -> None:
    lake = filled(new_sandbox, bronze, "delta")
    lake.sandbox.arrive("bronze.people", lake.sandbox.spark.createDataFrame([person(3)], SCHEMA))
    before, subject = lake.rows(), GONE.hashed(KEY)
    with pytest.raises(SelectionError, match=r"silver\.people \(bronze\.people\)"):
        lake.erasing_for(People, Visits, Sums).erase(subject, at_once=True)
    assert (lake.rows(), lake.register.subjects()) == (before, frozenset())
    lake.run(People())
    assert lake.erasing_for(People, Visits, Sums).erase(subject, at_once=True).status == "complete"
    assert lake.erasing_for(People, Visits, Sums).erase(subject, at_once=True).status == "complete"
