"""One build is all or nothing, and says clearly what was wrong."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.gold import PROJECT

from tidegate.errors import DbtError, GateError, JobDefinitionError
from tidegate.job.dbt import DbtBuild, DbtJob, DbtPlace
from tidegate.model.commits import Commit, Token
from tidegate.model.declarations import New
from tidegate.model.names import TableName
from tidegate.model.pins import Pins
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.job.dbt.result import DbtResult

pytestmark = [pytest.mark.spark, pytest.mark.default_line, pytest.mark.integration, pytest.mark.slow]

MODEL = "select id, {amount} as amount from {{{{ source('silver', 'things') }}}}"
CONTRACT = """
version: 2
models:
  - name: totals
    columns:
      - {name: id, data_type: bigint}
      - {name: amount, data_type: bigint}
    data_tests:
      - is_always: {name: amount_is_small, arguments: {condition: amount < 100}}
"""
SOURCES = "version: 2\nsources: [{name: silver, schema: silver, tables: [{name: things}]}]\n"


class Project:
    """A project of one model, beside the macros and generic tests of the reference lakehouse."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark, self.root, self.folder = spark, root, root / "dbt"
        for part in ("macros", "tests/generic"):
            shutil.copytree(PROJECT / part, self.folder / part)
        for file in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(PROJECT / file, self.folder / file)
        self.marts = self.folder / "models" / "marts"
        self.marts.mkdir(parents=True)
        (self.marts / "_sources.yml").write_text(SOURCES)
        (self.marts / "_marts.yml").write_text(CONTRACT)
        self.model("id")
        spark.range(3).write.format("delta").save(str(root / "things"))

    def model(self, amount: str) -> None:
        (self.marts / "totals.sql").write_text(MODEL.format(amount=amount))

    def build(self, batch: int = 1) -> DbtResult:
        from tidegate.job.dbt.build import build_gold  # noqa: PLC0415 - collecting these tests must not load Spark

        request = DbtBuild(
            project_dir=str(self.folder),
            target_path=str(self.root / "target"),
            log_path=str(self.root / "logs"),
            sources={TableName("silver", "things"): f"SELECT * FROM delta.`{self.root}/things`"},  # noqa: S608 - a folder of the test
            location=str(self.root / "gold"),
            commit=Commit(Token("gold", batch), f"run-{batch}", {"things": 0}),
            tables=(TableName("gold", "totals"),),
        )
        return build_gold(self.spark, request)

    def amounts(self) -> list[int]:
        return sorted(
            row["amount"] for row in self.spark.read.format("delta").load(f"{self.root}/gold/totals").collect()
        )


@pytest.fixture
def project(spark: SparkSession, tmp_path: Path) -> Project:
    return Project(spark, tmp_path)


def test_a_build_whose_test_fails_leaves_the_table_as_it_was(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    assert project.build(1).status == "succeeded"
    project.model("id * 100")
    result = project.build(2)
    assert result.status == "refused"
    assert isinstance(result.error, GateError)
    assert "amount_is_small (2 rows)" in str(result.error)
    assert "_marts.yml" in str(result.error)
    assert project.amounts() == [0, 1, 2]
    (rule,) = result.tests
    assert (rule.status, rule.severity, rule.checked, rule.failed) == ("failed", "error", 3, 2)
    assert capfd.readouterr().out == ""


def test_a_first_build_whose_test_fails_leaves_no_table(project: Project) -> None:
    project.model("id * 100")
    result = project.build()
    assert result.status == "refused"
    assert not (project.root / "gold" / "totals").exists()
    assert project.spark.sql("SHOW TABLES IN gold LIKE 'totals'").collect() == []
    assert result.models[0].version_after is None


def test_a_killed_build_is_not_what_a_later_one_goes_back_to(project: Project) -> None:
    project.build(1)
    written = f"UPDATE delta.`{project.root}/gold/totals` SET amount = 5"  # noqa: S608 - a path of the test
    killed = Commit(Token("gold.build", 2), "killed", {"things": 0}).to_json()
    project.spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", killed)
    project.spark.sql(written)
    project.spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")
    project.model("id * 100")
    assert project.build(2).status == "refused"
    assert project.amounts() == [0, 1, 2]


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("no_such_column", "no_such_column"),
        ("id +* 1", "PARSE_SYNTAX_ERROR"),
        ("cast(id as string)", "contract"),
    ],
)
def test_a_model_that_cannot_be_built_is_named_with_its_file(project: Project, amount: str, said: str) -> None:
    project.model(amount)
    result = project.build()
    assert result.status == "failed"
    assert isinstance(result.error, DbtError)
    text = str(result.error)
    assert "the model totals cannot be built" in text
    assert said in text
    assert f"{project.marts}/totals.sql" in text
    assert "Traceback" not in text
    assert "'Project" not in text


def test_an_error_met_in_the_rows_is_told_without_their_values(project: Project) -> None:
    project.model("raise_error(concat('secret-', id))")
    result = project.build()
    assert result.status == "failed"
    assert "secret" not in str(result.error)


def test_a_project_that_cannot_be_parsed_says_where(project: Project) -> None:
    (project.marts / "totals.sql").write_text("select {{ nonsense( }}")
    with pytest.raises(JobDefinitionError, match=r"totals\.sql"):
        project.build()


def test_a_model_without_a_test_is_refused_before_anything_runs(project: Project) -> None:
    (project.marts / "_marts.yml").write_text(CONTRACT.partition("    data_tests")[0])
    with pytest.raises(JobDefinitionError, match="nothing would be checked of totals"):
        project.build()


def test_a_source_that_the_job_does_not_give_is_named(project: Project) -> None:
    (project.marts / "_sources.yml").write_text(SOURCES.replace("[{name: things}]", "[{name: things}, {name: other}]"))
    with pytest.raises(JobDefinitionError, match=r"silver\.other"):
        project.build()


class Totals(DbtJob):
    """What the project's one model makes."""

    inputs = {"things": New("silver.things")}
    tables = ("gold.totals",)


def test_gold_is_built_from_iceberg_at_the_version_that_the_run_reads(project: Project) -> None:
    sandbox = Sandbox(project.spark, project.root, (), {"silver": "iceberg", "gold": "delta"})
    job = Totals(DbtPlace(str(project.folder), str(project.root / "target")))
    sandbox.arrive("silver.things", project.spark.range(3))
    pinned = replace(sandbox.context, pins=Pins(None, {"silver.things": 1}))
    sandbox.arrive("silver.things", project.spark.range(3, 4))
    assert job.execute(pinned).error is None
    assert project.amounts() == [0, 1, 2]
    assert job.execute(sandbox.context).error is None
    assert project.amounts() == [0, 1, 2, 3]


@pytest.mark.parametrize(("silver", "gold", "does"), [("parquet", "delta", "reads"), ("delta", "iceberg", "writes")])
def test_a_format_that_dbt_cannot_work_in_is_named_before_it_begins(
    project: Project, silver: str, gold: str, does: str
) -> None:
    sandbox = Sandbox(project.spark, project.root, (), {"silver": silver, "gold": gold})
    sandbox.arrive("silver.things", project.spark.range(3))
    report = Totals(DbtPlace(str(project.folder), str(project.root / "target"))).execute(sandbox.context)
    assert report.status == "failed"
    assert f"a dbt job {does} tables in delta" in str(report.error)
    assert (f"silver.things ({silver})" in str(report.error)) is (does == "reads")
    assert not (project.root / "target").exists()
