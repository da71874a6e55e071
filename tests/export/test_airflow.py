"""Airflow reads the DAGs without an error, and knows of the pipeline what the pipeline says."""

from __future__ import annotations

import ast
import json
import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from tests.export.flows import AWKWARD, flow, flows, task

from tidegate.config.sections.export import ExportSettings
from tidegate.errors import JobDefinitionError
from tidegate.export.airflow import Airflow
from tidegate.export.airflow_tasks import OPERATORS, plain
from tidegate.export.python_text import literal

if TYPE_CHECKING:
    from tidegate.export.flow import Flow

ROOT = Path(__file__).parents[2]
AWKWARD_TEXT = "a b'\"{{ c }}{% d %}\\é😀"
SETTINGS = ExportSettings(schedule="30 3 * * *", config=AWKWARD_TEXT, spark_submit=("--conf", "a=b c"))
TASKS = (task("a", retries=2), task("b"), task("c", "a", "b"))
FLOWS = {
    platform: replace(
        flow(*TASKS, platform=platform, settings=SETTINGS, description=AWKWARD_TEXT), name=platform, at_once=3
    )
    for platform in Airflow.platforms
} | {"whole": flow(task("shop"), settings=ExportSettings())}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_the_source_of_a_value_means_the_value(value: Any) -> None:  # noqa: ANN401 - any value
    assert ast.literal_eval(literal(value)) == value


@given(st.text() | AWKWARD)
def test_a_text_passes_templates_as_it_is(text: str) -> None:
    template = Environment(keep_trailing_newline=True, newline_sequence="\n").from_string(plain(text))  # noqa: S701
    assert template.render() == text.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=40)
@given(flows(Airflow.platforms))
def test_any_pipeline_is_a_python_file_of_airflow_alone(drawn: Flow) -> None:
    text = Airflow().text(drawn)
    assert Airflow().text(drawn) == text
    imported = [node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    assert imported == ["datetime", OPERATORS[drawn.platform].module, "airflow.sdk"]


def test_what_a_dag_cannot_do_is_refused() -> None:
    with pytest.raises(JobDefinitionError, match="which no scheduler can do"):
        Airflow().text(flow(task("a", on_failure="roll_back")))
    with pytest.raises(JobDefinitionError, match="all tasks of a DAG do or none"):
        Airflow().text(flow(task("a", on_failure="stop"), task("b")))
    assert "fail_fast=True" in Airflow().text(flow(task("a", on_failure="stop")))


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what Airflow finds in the DAGs of all platforms and in that of the repository."""
    subprocess.run(["make", ".venv-airflow/.ready"], cwd=ROOT, check=True)
    dags, home = tmp_path_factory.mktemp("dags"), tmp_path_factory.mktemp("airflow")
    for name, drawn in FLOWS.items():
        (dags / f"{name}.py").write_text(Airflow().text(drawn))
    (dags / "retail.py").write_bytes((ROOT / "deploy/airflow/retail.py").read_bytes())
    command = [ROOT / ".venv-airflow/bin/python", Path(__file__).with_name("airflow_dags.py"), dags]
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "AIRFLOW_HOME": str(home)}
    done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.partition("FOUND")[2])
    return found


@pytest.mark.integration
def test_airflow_reads_every_dag(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    assert bag["dags"].keys() == {f"{name}.py" for name in FLOWS} | {"retail.py"}
    assert len(bag["dags"]["retail.py"]["tasks"]) == 12
    for name, drawn in FLOWS.items():
        dag = bag["dags"][f"{name}.py"]
        assert {job: told["after"] for job, told in dag["tasks"].items()} == {
            member.job: list(member.after) for member in drawn.tasks
        }
        assert {job: told["retries"] for job, told in dag["tasks"].items()} == {
            member.job: member.step.retries for member in drawn.tasks
        }
        assert (dag["description"], dag["max_active_runs"]) == (drawn.description, 1)
    assert bag["dags"]["local.py"]["max_active_tasks"] == 3


@pytest.mark.integration
@pytest.mark.parametrize("platform", Airflow.platforms)
def test_a_task_is_told_its_job_its_moment_and_the_run_that_starts_it(bag: dict[str, Any], platform: str) -> None:
    told = bag["dags"][f"{platform}.py"]["tasks"]["c"]
    assert told["operator"] == OPERATORS[FLOWS[platform].platform].name
    given = told["given"]
    if platform == "local":
        words = shlex.split(given["bash_command"])
        assert words[:5] == ["tidegate", "run", "c", "--env", "prod"]
        named = given["env"]
        options = {"--config": named["TIDEGATE_CONFIG"], "--logical-at": named["TIDEGATE_LOGICAL_AT"]}
        options["--parent-run"] = named["OPENLINEAGE_PARENT_ID"]
        assert [word for word in words if word in options] == ["--config", "--logical-at"]
    elif platform == "glue":
        options = given["script_args"]
        assert (options["--run"], given["job_name"]) == ("c", "value of tidegate_glue_job_name")
    else:
        in_step = platform == "emr"
        spark = given["steps"][0]["HadoopJarStep"] if in_step else given["job_driver"]["sparkSubmit"]
        words = spark["Args"] if in_step else spark["entryPointArguments"]
        entry_point = words[words.index("--run") - 1] if in_step else spark["entryPoint"]
        submitted = words[3:5] if in_step else shlex.split(spark["sparkSubmitParameters"])
        assert (entry_point, submitted) == ("value of tidegate_entry_point", ["--conf", "a=b c"])
        words = words[words.index("--run") :]
        options = dict(zip(words[::2], words[1::2], strict=True))
    assert options["--config"] == AWKWARD_TEXT
    assert options["--logical-at"] == "2026-11-22T03:30:00+00:00"
    namespace, job, run = options["--parent-run"].split("/")
    assert (namespace, job, str(UUID(run))) == ("airflow", platform, run)
