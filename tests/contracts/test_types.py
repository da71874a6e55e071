from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.types import FAMILIES, SparkType, parse_type

ATOMIC = sorted(FAMILIES.keys() - {"array", "map", "struct", "decimal"})
names = st.text("ab `<>:,.é 1", min_size=1, max_size=6).filter(str.strip)
decimals = st.integers(1, 38).flatmap(lambda p: st.integers(0, p).map(lambda s: SparkType("decimal", (p, s))))
types = st.recursive(
    st.sampled_from(ATOMIC).map(SparkType) | decimals,
    lambda inner: st.one_of(
        inner.map(lambda part: SparkType("array", parts=(("element", part),))),
        st.tuples(inner, inner).map(lambda parts: SparkType("map", parts=(("key", parts[0]), ("value", parts[1])))),
        st.lists(st.tuples(names, inner), min_size=1, max_size=3, unique_by=lambda part: part[0]).map(
            lambda parts: SparkType("struct", parts=tuple(parts))
        ),
    ),
    max_leaves=6,
)


@given(types)
def test_a_type_is_read_as_it_is_written(wanted: SparkType) -> None:
    assert parse_type(str(wanted)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("BIGINT", "bigint"),
        ("integer", "int"),
        ("varchar(20)", "string"),
        ("text", "string"),
        ("Double Precision", "double"),
        ("numeric( 12 , 2 )", "decimal(12,2)"),
        ("decimal(5)", "decimal(5,0)"),
        ("decimal", "decimal(10,0)"),
        ("timestamptz", "timestamp"),
        ("struct<a int, b: array<date>>", "struct<a:int,b:array<date>>"),
        ("struct<`a``b`:int>", "struct<`a``b`:int>"),
    ],
)
def test_names_of_other_databases_mean_what_spark_has(text: str, wanted: str) -> None:
    assert str(parse_type(text)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "strin",
        "int(3)",
        "int int",
        "decimal(39)",
        "decimal(3,4)",
        "decimal(1,2,3)",
        "decimal(",
        "decimal(x)",
        "decimal(1;2)",
        "decimal(1 2)",
        "varchar(1,2)",
        "array",
        "array(int)",
        "array<int",
        "array<int,int>",
        "array<int>>",
        "map<int>",
        "struct<>",
        "struct<a:int,a:int>",
        "struct<a:strin>",
        "array<int;>",
        "array<int:",
        "array<" * 60 + "int" + ">" * 60,
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="is not a Spark SQL type; allowed are tinyint"):
        parse_type(text)


def test_a_map_is_found_however_deep() -> None:
    assert parse_type("array<struct<a:map<int,int>>>").has_map
    assert not parse_type("array<struct<a:int>>").has_map


def test_only_floating_numbers_have_nan() -> None:
    assert [name for name in ATOMIC if SparkType(name).has_nan] == ["double", "float"]
