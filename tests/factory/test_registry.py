"""Jobs are found by convention, and what breaks it is named with its file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tidegate import Pipeline
from tidegate.errors import JobDefinitionError
from tidegate.factory.registry import discover

if TYPE_CHECKING:
    from pathlib import Path

JOB = """
from tidegate import Append, Output, SparkJob, entrypoint

class Thing(SparkJob):
    \"\"\"What it does.\"\"\"
    inputs = {{"source": "bronze.source"}}
    output = Output("{table}", Append())

JOB = entrypoint(Thing)
"""


def project(root: Path, **modules: str) -> Path:
    folder = root / "jobs"
    for name, text in modules.items():
        file = folder / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def test_a_job_class_goes_by_its_table_and_a_script_by_its_module(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        silver__things=JOB.format(table="silver.things"),
        tools__sweep="def main(argv): return 0\nJOB = (main, 'sweeps')",
        plain="x = 1",
    )
    registry = discover(folder)
    assert set(registry.jobs) == {"silver.things", "tools.sweep"}
    assert registry.jobs["silver.things"].description == "What it does."
    assert registry.jobs["tools.sweep"].job is None
    assert registry.find("things").name == "silver.things"
    assert registry.find("sweep").entry([]) == 0


def test_names_with_underscores_are_skipped_and_may_be_imported(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        _shared__words="WORD = 'hello'",
        _broken="raise RuntimeError",
        uses="from jobs._shared.words import WORD\ndef main(argv): return len(WORD)\nJOB = (main, WORD)",
    )
    assert discover(folder).jobs["uses"].description == "hello"


def test_two_projects_in_one_process_do_not_mix(tmp_path: Path) -> None:
    texts = {"a": "NAME = 'a'", "b": "NAME = 'b'"}
    for name, text in texts.items():
        use = "from jobs._name import NAME\ndef main(argv): return 0\nJOB = (main, NAME)"
        folder = project(tmp_path / name, _name=text, job=use)
        assert discover(folder).jobs["job"].description == name


def test_two_jobs_of_one_name_name_both_files(tmp_path: Path) -> None:
    folder = project(tmp_path, one=JOB.format(table="silver.t"), two=JOB.format(table="silver.t"))
    with pytest.raises(JobDefinitionError, match=r"(?s)one\.py.*two\.py"):
        discover(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = (", r"bad\.py:1"),
        ("x = 1\nraise ValueError('boom')", r"bad\.py:2"),
        ("import no_such_package_at_all", r"bad\.py:1"),
        ("JOB = 'x'", "pair"),
        ("JOB = (1, 'x')", "pair"),
        (
            (
                "from tidegate import Append, Output, SparkJob\n"
                "class T(SparkJob):\n  inputs={}\n  output=Output('silver.t', Append())"
            ),
            "inputs",
        ),
        (JOB.format(table="orders"), r"silver\.orders"),
        (JOB.format(table="bronze.source"), "itself"),
    ],
)
def test_a_module_that_breaks_the_convention_is_one_clear_error(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(JobDefinitionError, match=said):
        discover(project(tmp_path, bad=text))


@pytest.mark.parametrize(
    ("text", "next_step"),
    [
        ("import no_such_package", "install the package"),
        ("from tidegate import Upsert\nUpsert(keys=('id',), sequence='at')", "mend the line"),
        ("open('/no/such/file')", "without side effects"),
    ],
)
def test_what_to_do_about_a_module_depends_on_why_it_cannot_be_imported(
    tmp_path: Path, text: str, next_step: str
) -> None:
    with pytest.raises(JobDefinitionError, match="cannot be imported") as error:
        discover(project(tmp_path, broken=text))
    assert next_step in str(error.value.hint)
    assert str(error.value.where).rpartition(":")[0] == f"{tmp_path}/jobs/broken.py"


def test_a_person_who_misspells_a_pipeline_is_told_of_pipelines(tmp_path: Path) -> None:
    registry = discover(project(tmp_path, silver__things=JOB.format(table="silver.things")))
    registry = replace(registry, pipelines={"retail": Pipeline(["silver.things"], name="retail")})
    with pytest.raises(JobDefinitionError, match="no job or pipeline 'retial'") as error:
        registry.find("retial")
    assert "did you mean retail?" in str(error.value.hint)
    with pytest.raises(JobDefinitionError) as of_file:
        registry.find("retial", "config/pipelines/x.yaml:3:5")  # where only jobs can stand
    assert "retail" not in str(of_file.value.hint)


def test_an_unknown_name_offers_the_nearest(tmp_path: Path) -> None:
    registry = discover(project(tmp_path, one=JOB.format(table="silver.things")))
    with pytest.raises(JobDefinitionError, match=r"silver\.things"):
        registry.find("silver.thing")


def test_a_class_that_no_module_offers_is_told_with_how_to_offer_it(tmp_path: Path) -> None:
    abstract = "from tidegate import SparkJob\nclass Base(SparkJob):\n  pass\n"
    registry = discover(project(tmp_path, one=JOB.format(table="silver.things").partition("JOB =")[0] + abstract))
    with pytest.raises(JobDefinitionError, match="no module offers") as told:
        registry.find("silver.things")
    assert str(told.value.hint).endswith("one.py: JOB = entrypoint(Thing)")


def test_a_dataset_in_two_layers_needs_its_layer(tmp_path: Path) -> None:
    folder = project(tmp_path, one=JOB.format(table="silver.t"), two=JOB.format(table="gold.t"))
    with pytest.raises(JobDefinitionError, match=r"gold\.t, silver\.t"):
        discover(folder).find("t")


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(JobDefinitionError, match="tidegate init"):
        discover(tmp_path / "nowhere")
