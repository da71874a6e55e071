"""A pipeline's file declares jobs and how they run; what is wrong is told with file, line and the nearest name."""

from __future__ import annotations

import inspect
import json
from datetime import datetime, timezone
from importlib import import_module
from typing import TYPE_CHECKING, get_args

import pytest

from tidegate.config.pipelines import PipelineSettings
from tidegate.config.schema import json_schema
from tidegate.config.sections.standard import StepSettings
from tidegate.errors import SettingsError
from tidegate.model.declarations import Files, New
from tidegate.model.modes import Append, LateWindow, Upsert
from tidegate.model.pipelines import Pipeline, Step
from tidegate.model.standard import Cleaning, Standard
from tidegate.model.topics import Kafka
from tidegate.storage.yaml_documents import parse_yaml
from tidegate.transforms.catalogue import CATALOGUE

jsonschema = import_module("jsonschema")  # it carries no types

if TYPE_CHECKING:
    from tests.config.conftest import Configuration

TEXT = """\
name: daily
description: Everything.
jobs:
  - bronze.customers
  - {job: gold, on_failure: roll_back, timeout_seconds: 60, retries: 2}
  - job: bronze.orders
    input: {type: files, feed: orders, format: csv, options: {delimiter: ";"}}
    write: {type: append}
  - job: silver.orders
    description: Orders.
    input: {type: new, table: bronze.orders}
    steps:
      - type: trim_strings
      - {type: cast_columns, types: {id: bigint}}
    write:
      type: upsert
      keys: [id]
      sequence_by: at
      late: {column: at, days: 3}
"""


def test_a_file_and_python_say_the_same(configuration: Configuration) -> None:
    loaded = configuration.write(pipelines__daily=TEXT).load().pipelines["daily"].pipeline()
    silver = Standard(
        "silver.orders",
        New("bronze.orders"),
        Upsert(("id",), "at", LateWindow("at", 3)),
        (Cleaning("trim_strings", {"columns": None}), Cleaning("cast_columns", {"types": {"id": "bigint"}})),
        description="Orders.",
    )
    said = Pipeline(
        (
            Step("bronze.customers"),
            Step("gold", "roll_back", 60, 2),
            Step(Standard("bronze.orders", Files("orders", "csv", (("delimiter", ";"),)), Append())),
            Step(silver),
        ),
        "daily",
        "Everything.",
    )
    assert [(step.job, step.on_failure, step.timeout_seconds, step.retries) for step in loaded.steps] == [
        (step.job, step.on_failure, step.timeout_seconds, step.retries) for step in said.steps
    ]
    assert [step.where.rpartition("daily.yaml:")[2] for step in loaded.steps] == ["4:5", "5:5", "6:5", "9:5"]


def test_json_says_the_same_as_yaml(configuration: Configuration) -> None:
    value = parse_yaml(TEXT.encode(), "x").value
    folder = configuration.folder / "pipelines"
    folder.mkdir()
    (folder / "daily.json").write_text(json.dumps(value, indent=2))
    from_json = configuration.load().pipelines["daily"].pipeline()
    (folder / "daily.json").unlink()
    from_yaml = configuration.write(pipelines__daily=TEXT).load().pipelines["daily"].pipeline()
    assert [step.job for step in from_json.steps] == [step.job for step in from_yaml.steps]


def test_a_topic_is_declared_as_in_python(configuration: Configuration) -> None:
    moment = "2024-01-31T00:00:00Z"
    topic = f"{{type: kafka, connection: shop, topic: orders, max_records: 9, since: {moment}, on_gap: skip}}"
    old = '{type: files, feed: orders, format: csv, options: {delimiter: ";"}}'
    assert old in TEXT
    loaded = configuration.write(pipelines__daily=TEXT.replace(old, topic)).load().pipelines["daily"].pipeline()
    since = datetime(2024, 1, 31, tzinfo=timezone.utc)
    orders = Standard("bronze.orders", Kafka("shop", "orders", 9, since, "skip"), Append())
    (step,) = (step for step in loaded.steps if step.job == Step(orders).job)
    assert step.job == Step(orders).job


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "hint"),
    [
        ("type: trim_strings", "type: trim_string", 13, "jobs[3].steps[0].type", "did you mean trim_strings?"),
        ("type: upsert", "type: upsrt", 16, "jobs[3].write.type", "did you mean upsert?"),
        ("{type: new,", "{type: newer,", 11, "jobs[3].input.type", "did you mean new?"),
        ("sequence_by: at", "sequence: at", 18, "jobs[3].write.sequence", "did you mean sequence_by?"),
        ("on_failure: roll_back", "on_failure: rollback", 5, "jobs[1].on_failure", "did you mean roll_back?"),
        ("retries: 2", "retrys: 2", 5, "jobs[1].retrys", "did you mean retries?"),
        ("    write: {type: append}\n", "", 6, "jobs[2]", "give both"),
        ("timeout_seconds: 60", "timeout_seconds: 0", 5, "jobs[1].timeout_seconds", "How long it may take"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_nearest_name(
    configuration: Configuration, old: str, new: str, line: int, key: str, hint: str
) -> None:
    assert old in TEXT
    configuration.write(pipelines__daily=TEXT.replace(old, new))
    with pytest.raises(SettingsError) as told:
        configuration.load()
    problems = {problem.key: problem for problem in told.value.problems}
    assert key in problems
    assert f"daily.yaml:{line}:" in problems[key].where
    assert hint in str(problems[key].hint)


def test_the_published_schema_takes_what_is_loaded() -> None:
    schema = json.loads(json_schema("pipeline"))
    jsonschema.validate(parse_yaml(TEXT.encode(), "x").value, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"name": "x", "description": "x", "jobs": [{"job": "a", "retrys": 1}]}, schema)


def test_every_transform_of_the_catalogue_can_be_declared_with_all_its_arguments() -> None:
    sections = {get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(get_args(StepSettings)[0])}
    assert sections.keys() == CATALOGUE.keys()
    for name, section in sections.items():
        wanted = list(inspect.signature(CATALOGUE[name]).parameters.values())[1:]
        assert {p.name: p.default is p.empty for p in wanted} == {
            field: info.is_required() for field, info in section.model_fields.items() if field != "type"
        }


def test_a_job_that_is_only_named_is_a_step_with_the_defaults() -> None:
    settings = PipelineSettings.model_validate({"name": "p", "description": "x", "jobs": ["a"]})
    assert settings.pipeline().steps == (Step("a"),)
