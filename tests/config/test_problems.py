"""What is said of values that are not allowed, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.config.conftest import BASE

from tidegate.config.kinds import allowed_names, below
from tidegate.config.settings import WrittenSettings
from tidegate.errors import SettingsError

if TYPE_CHECKING:
    from tests.config.conftest import Configuration

SECTIONS = [(), ("run",), ("lineage",), ("storage",), ("alerts",), ("alerts", "log"), ("storage", "layers"), ("spark",)]
NAMES = st.from_regex(r"[a-z][a-z_]{0,12}", fullmatch=True)


def kind_at(path: tuple[str, ...]) -> object:
    kind: object = WrittenSettings
    for step in path:
        kind = below(kind, step)
    return kind


@st.composite
def unknown_keys(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Draw paths of keys that are not known, each in a section that is."""
    paths = draw(st.lists(st.tuples(st.sampled_from(SECTIONS), NAMES), min_size=1, max_size=6, unique=True))
    for section, name in paths:
        assume(name not in allowed_names(kind_at(section)))
    return [(*section, name) for section, name in paths]


def as_yaml(paths: list[tuple[str, ...]], gaps: list[int]) -> tuple[str, dict[str, int]]:
    """Return a document with a key at each path, and the line of each; empty lines and comments lie in between."""
    tree: dict[str, object] = {}
    for path in paths:
        at = tree
        for step in path[:-1]:
            at = at.setdefault(step, {})  # type: ignore[assignment]
        at[path[-1]] = None
    lines: list[str] = []
    places: dict[str, int] = {}

    def write(node: dict[str, object], path: tuple[str, ...]) -> None:
        for key, inside in node.items():
            lines.extend("# a comment" if number % 2 else "" for number in range(gaps[len(lines) % len(gaps)]))
            places[".".join((*path, key))] = len(lines) + 1
            lines.append(f"{'  ' * len(path)}{key}:{'' if isinstance(inside, dict) else ' {}'}")
            if isinstance(inside, dict):
                write(inside, (*path, key))

    write(tree, ())
    return "\n".join(lines), places


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(unknown_keys(), unknown_keys(), st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_every_unknown_key_is_told_with_its_own_line(
    configuration: Configuration, in_overlay: list[tuple[str, ...]], in_base: list[tuple[str, ...]], gaps: list[int]
) -> None:
    overlay, overlay_lines = as_yaml(in_overlay, gaps)
    base, base_lines = as_yaml([path for path in in_base if path not in in_overlay] + [("project",)], gaps)
    configuration.write(base=base.replace("project: {}", "project: {name: shop}"), local=overlay)

    with pytest.raises(SettingsError) as caught:
        configuration.load("storage.root=data")

    told = {
        (problem.key, problem.where.removeprefix(f"{configuration.folder}/").rpartition(":")[0])
        for problem in caught.value.problems
        if problem.what == "unknown key"
    }
    expected = {(key, f"local.yaml:{overlay_lines[key]}") for key in map(".".join, in_overlay)}
    expected |= {(key, f"base.yaml:{base_lines[key]}") for key in map(".".join, in_base) if key not in overlay_lines}
    assert told == expected


@pytest.mark.parametrize(
    ("text", "place", "key", "what", "hint"),
    [
        ("platfrom: local", "1:1", "platfrom", "unknown key", "did you mean platform? allowed: project, storage,"),
        (
            "platform: lcal",
            "1:1",
            "platform",
            "is not one of the allowed values",
            "did you mean local? allowed: auto, databricks",
        ),
        (
            "platform: 1",
            "1:1",
            "platform",
            "is not one of the allowed values",
            "allowed: auto, databricks, emr, emr-serverless, glue, kubernetes, local, spark-connect, spark-submit",
        ),
        ("run:\n  keep_going: yes", "2:3", "run.keep_going", "must be true or false", "Whether a pipeline"),
        ("run:\n  - keep_going", "1:1", "run", "must be a mapping (key: value)", "How runs go on"),
        ("lineage:", "1:1", "lineage", "must be a mapping (key: value)", "Where OpenLineage"),
        (
            "lineage: {namespace: 7}",
            "1:11",
            "lineage.namespace",
            "must be a text; put other values in quotes",
            "Namespace",
        ),
        ("lineage: {namespace: ''}", "1:11", "lineage.namespace", "must not be empty", "Namespace"),
        ("lineage: {close_seconds: 61}", "1:11", "lineage.close_seconds", "must be at most 60", "The longest"),
        ("lineage: {close_seconds: .nan}", "1:11", "lineage.close_seconds", "must be a finite number", "The longest"),
        ("lineage: {transports: {type: file}}", "1:11", "lineage.transports", "must be a list", "Where events go."),
        ("lineage: {transports: [{}]}", "1:24", "lineage.transports[0].type", "is missing", "allowed: file, http"),
        ("lineage: {transports: [file]}", "1:24", "lineage.transports[0]", "must be a mapping (key: value)", None),
        (
            "lineage:\n  transports:\n  - type: htp",
            "3:5",
            "lineage.transports[0].type",
            "is not one of",
            "did you mean http?",
        ),
        ("lineage: {transports: [{type: http}]}", "1:24", "lineage.transports[0].url", "is missing", "Base address"),
        (
            "lineage:\n  transports:\n  - type: http\n    url: http://x\n    timeout_secs: 1",
            "5:5",
            "lineage.transports[0].timeout_secs",
            "unknown key",
            "did you mean timeout_seconds? allowed: type, name, url,",
        ),
        (
            "lineage: {transports: [{type: http, url: 'http://x', timeout_seconds: 0}]}",
            "1:54",
            "lineage.transports[0].timeout_seconds",
            "must be greater than 0",
            "How long",
        ),
        (
            "lineage: {transports: [{type: http, url: ftp://x}]}",
            "1:37",
            "lineage.transports[0].url",
            "is not the address",
            "http",
        ),
        (
            "lineage: {spark_agent: true, transports: [{type: file}, {type: file, path: 's3://b/e'}]}",
            "1:1",
            "lineage",
            "has spark_agent, and no transport that the agent has",
            "add {type: http",
        ),
        (
            "lineage: {transports: [{type: http, url: 'http://a'}, {type: http, url: 'http://b'}]}",
            "1:11",
            "lineage.transports",
            "has two receivers of one name",
            "give each",
        ),
        (
            "storage:\n  layers:\n    brnze: {}",
            "3:5",
            "storage.layers.brnze",
            "unknown key",
            "did you mean bronze? allowed: bronze,",
        ),
        (
            "storage: {layers: {gold: {format: hudi}}}",
            "1:27",
            "storage.layers.gold.format",
            "is not one of",
            "allowed: delta",
        ),
        ("storage: {layers: {gold: delta}}", "1:20", "storage.layers.gold", "must be a mapping (key: value)", None),
        ("storage: {layers: [gold]}", "1:11", "storage.layers", "must be a mapping (key: value)", "Format and place"),
        ("storage: {root: ~/lake}", "1:11", "storage.root", "is empty, or starts with ~", "a path"),
        ("storage: {root: hdfs://node/x}", "1:11", "storage.root", "is a place that can only be read", "a path"),
        ("storage: {root: nfs://node/x}", "1:11", "storage.root", "is not a place that can be used", "a path"),
        ("jobs: {path: s3://bucket/jobs}", "1:8", "jobs.path", "must be a folder of this machine", "a relative or"),
        ("spark: {line: 3.4}", "1:9", "spark.line", "is not one of the allowed values", "did you mean 3.5?"),
        ("spark: {conf: {a: [1]}}", "1:16", "spark.conf.a", "must be a text, a number, true or false", None),
        ("spark: {conf: 1}", "1:9", "spark.conf", "must be a mapping (key: value)", None),
        (
            "jobs: {settings: {gold: {x: null}}}",
            "1:26",
            "jobs.settings.gold.x",
            "must be a text, a number, true or false",
            None,
        ),
        ("project: {name: My Shop}", "1:11", "project.name", "is not written as it must be", "Name of the project"),
        ("gate: {max_quarantined_share: 1.1}", "1:8", "gate.max_quarantined_share", "must be at most 1", "Share"),
        ("gate: {max_quarantined_share: '0.1'}", "1:8", "gate.max_quarantined_share", "must be a number", "Share"),
    ],
)
def test_a_value_that_is_not_allowed_is_told_with_place_and_remedy(
    configuration: Configuration, text: str, place: str, key: str, what: str, hint: str | None
) -> None:
    configuration.write(local=text)

    with pytest.raises(SettingsError) as caught:
        configuration.load()

    (problem,) = caught.value.problems
    assert problem.where == f"{configuration.folder}/local.yaml:{place}"
    assert problem.key == key
    assert problem.what.startswith(what)
    assert (problem.hint or "").startswith(hint or "")


def test_what_is_missing_is_told_where_it_belongs(configuration: Configuration) -> None:
    configuration.write(base="# first line\nproject: {}\nrun: {}\n", local="{}")

    with pytest.raises(SettingsError) as caught:
        configuration.load()

    folder = configuration.folder
    assert {(problem.key, problem.what): problem.where for problem in caught.value.problems} == {
        ("project.name", "is missing"): f"{folder}/base.yaml:2:1",
        ("storage", "is missing"): f"{folder}/base.yaml:1:1",
    }


def test_the_message_names_everything_on_its_own_line(configuration: Configuration) -> None:
    configuration.write(base=BASE, local="a: 1\nb: 2")

    with pytest.raises(SettingsError) as caught:
        configuration.load("c=3")

    lines = str(caught.value).splitlines()
    assert lines[0] == "the configuration cannot be used: 3 problems"
    assert [line.split(" ")[2] for line in lines[1:3]] == [
        f"{configuration.folder}/local.yaml:1:1:",
        f"{configuration.folder}/local.yaml:2:1:",
    ]
    assert lines[3].startswith("  --set c: unknown key")
    assert lines[4] == f"  where: {configuration.folder}, environment local"
    assert caught.value.exit_code == 2
