from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.config.settings import WrittenSettings
from tidegate.errors import SettingsError

if TYPE_CHECKING:
    from tests.config.conftest import Configuration


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("true", True),
        ("1.5", 1.5),
        ("yes", "yes"),
        ("'8'", "8"),
        ('"a\\tb"', "a\tb"),
        ("#not a comment", "#not a comment"),
        ("a: b", "a: b"),
        ("*x", "*x"),
        ("!x", "!x"),
        ("-XX:+UseSerialGC -Da=b", "-XX:+UseSerialGC -Da=b"),
        ("a=b=c", "a=b=c"),
        ("  padded  ", "padded"),
    ],
)
def test_a_value_is_a_scalar_as_a_whole(configuration: Configuration, text: str, value: object) -> None:
    assert configuration.load(f"spark.conf.x={text}").spark.conf["x"] == value
    assert configuration.load(environ={"TIDEGATE__SPARK__CONF__X": text}).spark.conf["x"] == value


def test_names_with_dots_are_whole_where_names_are_free(configuration: Configuration) -> None:
    loaded = configuration.load(
        "spark.conf.spark.sql.shuffle.partitions=4",
        "jobs.settings.bronze.order_lines.batch_days=3",
        "jobs.settings.silver.orders={batch_days: 5, dry: true}",
        "jobs.settings.gold={threads: 2}",
    )

    assert dict(loaded.spark.conf) == {"spark.sql.shuffle.partitions": 4}
    assert dict(loaded.jobs.of("bronze.order_lines")) == {"batch_days": 3}
    assert dict(loaded.jobs.of("silver.orders")) == {"batch_days": 5, "dry": True}
    assert dict(loaded.jobs.of("gold")) == {"threads": 2}
    assert dict(loaded.jobs.of("not.named")) == {}


def test_other_variables_are_not_ours(configuration: Configuration) -> None:
    configuration.load(environ={"TIDEGATE_PLATFORM": "glue", "TIDEGATE": "x", "tidegate__run": "x", "PATH": "/bin"})


@pytest.mark.parametrize(
    ("override", "where", "what"),
    [
        ("run.keep_goin=true", "--set run.keep_goin", "unknown key"),
        ("run.keep_going=", "--set run.keep_going", "must be true or false"),
        ("run.keep_going.x=1", "--set run.keep_going.x", "must be true or false"),
        ("run=1", "--set run", "must be a mapping (key: value)"),
        ("run..x=1", "--set run..x", "has an empty name in its path"),
        ("keep_going", "--set, number 1", "has no path or no ="),
        ("=1", "--set, number 1", "has no path or no ="),
        ("run={keep_going: ", "--set run", "not valid YAML"),
        ("run={keep_going: true, keep_going: false}", "--set run", "the key 'keep_going' is given twice"),
        ("environment=prod", "--set environment", "unknown key"),
        ("pipelines={}", "--set pipelines", "unknown key"),
        ("root=/x", "--set root", "unknown key"),
    ],
)
def test_what_is_wrong_with_an_option_is_said_of_that_option(
    configuration: Configuration, override: str, where: str, what: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        configuration.load(override)

    (problem,) = caught.value.problems
    assert (problem.where, problem.what.startswith(what)) == (where, True), str(problem)


def test_what_is_wrong_with_a_variable_is_said_of_that_variable(configuration: Configuration) -> None:
    with pytest.raises(SettingsError) as caught:
        configuration.load(
            environ={"TIDEGATE__LINEAGE__ENABLED": "maybe", "TIDEGATE__RUN____X": "1", "TIDEGATE__RNU": "1"}
        )

    told = {problem.where: (problem.key, problem.what, problem.hint) for problem in caught.value.problems}
    hint = "did you mean run? allowed: " + ", ".join(WrittenSettings.model_fields)
    assert told == {
        "environment variable TIDEGATE__LINEAGE__ENABLED": (
            "lineage.enabled",
            "must be true or false",
            "Whether events are made at all.",
        ),
        "environment variable TIDEGATE__RNU": ("rnu", "unknown key", hint),
        "environment variable TIDEGATE__RUN____X": ("", "has an empty name in its path", "write a.b.c=value"),
    }
