"""Files that are missing, broken or strange."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.config.conftest import BASE

from tidegate.errors import ConfigError, SettingsError, StorageError

if TYPE_CHECKING:
    from tests.config.conftest import Configuration

    from tidegate.errors import Problem

PIPELINE = "name: daily\ndescription: All of it.\njobs: [bronze.a, gold]\n"


def problems(configuration: Configuration, *overrides: str, env: str = "local") -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        configuration.load(*overrides, env=env)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        (b"", ":1:1", "is empty"),
        (b"# nothing but a comment\n", ":1:1", "is empty"),
        (b"- a\n", ":1:1", "must be a mapping (key: value) at its top level"),
        (b"text", ":1:1", "must be a mapping (key: value) at its top level"),
        (b"run:\n\tkeep_going: true", ":2:1", "not valid YAML: found character '\\t' that cannot start any token"),
        (b"run: [", ":1:7", "not valid YAML"),
        (b"run: {}\nlineage: \xff", ":2:10", "the document is not UTF-8"),
        (b"run: {}\nrun: {}", ":2:1", "the key 'run' is given twice, first on line 1"),
        (b"run: &x {}\njobs: !x {}", ":2:7", "a tag (!\u2026) is not allowed here"),
        (b"---\nrun: {}\n---\nrun: {}", ":3:1", "not valid YAML"),
        (b"? [a]\n: 1", ":1:3", "a key must be text"),
        (b"run: " + b"[" * 10_000, "", "not valid YAML: nested more than"),
        (b"# " + b"x" * 1_000_001, "", "is larger than 1000000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(
    configuration: Configuration, content: bytes, place: str, what: str
) -> None:
    (configuration.folder / "local.yaml").write_bytes(content)

    (problem,) = problems(configuration)
    assert problem.where.startswith(f"{configuration.folder}/local.yaml{place}")
    assert problem.what.startswith(what)


def test_aliases_that_multiply_are_stopped(configuration: Configuration) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    configuration.write(local="\n".join(lines))

    assert "aliases make this document larger" in problems(configuration)[0].what


def test_problems_of_all_files_are_told_at_once_and_nothing_else(configuration: Configuration) -> None:
    configuration.write(
        base="project: {name: shop",
        storage="root: 1",
        local="run: {keep_goin: true}",
        pipelines__daily="name: other\ndescription: x\njobs: [a]",
        pipelines__empty="",
        pipelines__wrong="name: wrong\njobs: []",
    )
    (configuration.folder / "pipelines" / "old.yml").write_text("")

    told = {
        problem.where.removeprefix(f"{configuration.folder}/"): (problem.key, problem.what)
        for problem in problems(configuration, "x")
    }

    assert told == {
        "base.yaml:1:21": ("", "not valid YAML: expected ',' or '}', but got '<stream end>'"),
        "storage.yaml:1:1": ("storage.root", "must be a text; put other values in quotes"),
        "local.yaml:1:7": ("run.keep_goin", "unknown key"),
        "--set, number 1": ("", "has no path or no ="),
        "pipelines/daily.yaml:1:1": ("name", "is not the name of the file"),
        "pipelines/empty.yaml:1:1": ("", "is empty"),
        "pipelines/wrong.yaml:1:1": ("description", "is missing"),
        "pipelines/wrong.yaml:2:1": ("jobs", "must not be empty"),
        "pipelines/old.yml": ("", "is not read"),
    }


def test_a_missing_base_is_told(configuration: Configuration) -> None:
    (configuration.folder / "base.yaml").unlink()

    (problem,) = problems(configuration)
    assert (problem.where, problem.what) == (f"{configuration.folder}/base.yaml", "is missing")


def test_an_environment_that_is_not_there_is_told_with_those_that_are(configuration: Configuration) -> None:
    configuration.write(prod="{}", storage="{}")

    (problem,) = problems(configuration, env="prd")
    assert problem.what == "there is no environment 'prd'"
    assert problem.hint == "did you mean prod? allowed: local, prod"


@pytest.mark.parametrize("env", ["base", "storage", "../local", "", "LOCAL", "pipelines/x", "a/../local"])
def test_what_is_not_a_name_is_no_environment(configuration: Configuration, env: str) -> None:
    configuration.write(storage="{}")

    (problem,) = problems(configuration, env=env)
    assert problem.what.startswith("there is no environment")


def test_a_configuration_that_is_not_there_is_told(configuration: Configuration) -> None:
    with pytest.raises(ConfigError, match="no configuration"):
        configuration.load(location=str(configuration.folder / "missing"))


def test_a_file_instead_of_a_folder_is_told(configuration: Configuration) -> None:
    with pytest.raises(StorageError):
        configuration.load(location=str(configuration.folder / "base.yaml"))


def test_pipelines_are_loaded_by_name(configuration: Configuration) -> None:
    configuration.write(pipelines__daily=PIPELINE)
    (configuration.folder / "pipelines" / "README.md").write_text("not a pipeline")

    pipelines = configuration.load().pipelines
    assert list(pipelines) == ["daily"]
    assert [job.job for job in pipelines["daily"].jobs] == ["bronze.a", "gold"]


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ("name: daily\ndescription: x\njobs: [a, b, a]", "jobs", "names a job twice: a"),
        ("name: daily\ndescription: x\njobs: [a, 'B C']", "jobs[1].job", "is not written as it must be"),
        ("name: daily\ndescription: x\njobs: a", "jobs", "must be a list"),
        ("name: daily\ndescription: ''\njobs: [a]", "description", "must not be empty"),
        ("name: daily\ndescription: x\njobs: [a]\nschedule: x", "schedule", "unknown key"),
    ],
)
def test_a_pipeline_that_cannot_run_is_told(configuration: Configuration, text: str, key: str, what: str) -> None:
    configuration.write(pipelines__daily=text)

    (problem,) = problems(configuration)
    assert (problem.key, problem.what) == (key, what)


@pytest.mark.integration
def test_a_configuration_in_an_object_store_is_the_same(configuration: Configuration, s3_bucket: str) -> None:
    from tidegate import storage  # noqa: PLC0415 - only this test writes objects

    uri = f"s3://{s3_bucket}/shop/config"
    storage.write_new(storage.join(uri, "base.yaml"), BASE.encode())
    storage.write_new(storage.join(uri, "prod.yaml"), b"jobs: {path: /opt/jobs}")
    storage.write_new(storage.join(uri, "pipelines/daily.yaml"), PIPELINE.encode())

    loaded = configuration.load(location=uri, env="prod")

    assert loaded.root == f"s3://{s3_bucket}/shop"
    assert loaded.storage.location_of("silver") == f"s3://{s3_bucket}/shop/data/lakehouse/silver"
    assert loaded.contracts.location == f"s3://{s3_bucket}/shop/contracts"
    assert (loaded.jobs.path, loaded.dbt.project_dir) == ("/opt/jobs", "dbt")
    assert list(loaded.pipelines) == ["daily"]
