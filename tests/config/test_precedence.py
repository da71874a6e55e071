"""Which source wins: against a model in plain Python."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.config.conftest import Configuration

Path: TypeAlias = tuple[str, ...]
Source: TypeAlias = dict[Path, object]

TEXTS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=1, max_size=20)
SCALARS = st.booleans() | st.integers(-(10**9), 10**9) | TEXTS
LEAVES: dict[Path, st.SearchStrategy[object]] = {
    ("platform",): st.sampled_from(["auto", "local", "spark-submit"]),
    ("run", "keep_going"): st.booleans(),
    ("gate", "max_quarantined_share"): st.none() | st.floats(0, 1),
    ("lineage", "namespace"): TEXTS,
    ("lineage", "close_seconds"): st.floats(0, 60) | st.integers(0, 60),
    ("alerts", "log", "severity"): st.sampled_from(["info", "warn", "error", "fatal"]),
    ("storage", "layers", "silver", "format"): st.sampled_from(["delta", "parquet", "memory"]),
    ("storage", "layers", "gold", "format"): st.sampled_from(["delta", "parquet", "memory"]),
    ("spark", "conf", "spark.sql.shuffle.partitions"): SCALARS,
    ("spark", "conf", "spark.x"): SCALARS,
    ("jobs", "settings", "bronze.order_lines", "seed"): SCALARS,
    ("jobs", "settings", "gold", "seed"): SCALARS,
}
FREE = [path for path in LEAVES if path[0] in {"spark", "jobs"}]


def sources(paths: list[Path]) -> st.SearchStrategy[Source]:
    return st.fixed_dictionaries({}, optional={path: LEAVES[path] for path in paths})


def nested(source: Source) -> dict[str, object]:
    tree: dict[str, object] = {}
    for path, value in source.items():
        at = tree
        for step in path[:-1]:
            below = at.setdefault(step, {})
            assert isinstance(below, dict)
            at = below
        at[path[-1]] = value
    return tree


def found_at(dumped: object, path: Path) -> object:
    for step in path:
        assert isinstance(dumped, dict)
        dumped = dumped[step]
    return dumped


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    base=sources(list(LEAVES)),
    storage=sources([path for path in LEAVES if path[0] == "storage"]),
    overlay=sources(list(LEAVES)),
    variables=sources([path for path in LEAVES if path not in FREE]),
    options=sources(list(LEAVES)),
)
def test_the_strongest_source_that_speaks_wins(
    configuration: Configuration, base: Source, storage: Source, overlay: Source, variables: Source, options: Source
) -> None:
    written = nested({("project", "name"): "shop", ("storage", "root"): "data", **base})
    inside = nested({path[1:]: value for path, value in storage.items()})
    configuration.write(base=json.dumps(written), storage=json.dumps(inside), local=json.dumps(nested(overlay)))

    loaded = configuration.load(
        *(f"{'.'.join(path)}={json.dumps(value)}" for path, value in options.items()),
        environ={f"TIDEGATE__{'__'.join(path).upper()}": json.dumps(value) for path, value in variables.items()},
    )

    expected = {**base, **storage, **overlay, **variables, **options}
    dumped = loaded.model_dump()
    assert {path: found_at(dumped, path) for path in expected} == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 9)), max_size=8))
def test_of_options_the_last_one_wins(configuration: Configuration, given_options: list[tuple[str, int]]) -> None:
    loaded = configuration.load(*(f"spark.conf.{key}={value}" for key, value in given_options))

    assert dict(loaded.spark.conf) == dict(given_options)


def test_lists_are_taken_as_a_whole(configuration: Configuration) -> None:
    configuration.write(
        base="project: {name: shop}\nstorage: {root: data}\nlineage: {transports: [{type: file}]}",
        local="lineage: {transports: [{type: http, url: http://marquez}]}",
    )

    assert [transport.type for transport in configuration.load().lineage.transports] == ["http"]


def test_a_mapping_given_as_a_whole_is_laid_over_key_by_key_and_its_own_keys_win(configuration: Configuration) -> None:
    configuration.write(local="lineage: {namespace: files, close_seconds: 1}")

    loaded = configuration.load(
        environ={"TIDEGATE__LINEAGE": "{namespace: section, enabled: false}", "TIDEGATE__LINEAGE__NAMESPACE": "key"}
    )

    assert (loaded.lineage.namespace, loaded.lineage.close_seconds, loaded.lineage.enabled) == ("key", 1, False)
