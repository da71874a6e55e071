from __future__ import annotations

import pytest
from hypothesis import given
from pyspark.sql import types as T
from tests.contracts.frames import contract
from tests.contracts.test_types import types

from tidegate.contracts.schemas import spark_schema, spark_type, type_text
from tidegate.contracts.types import SparkType, parse_type

pytestmark = pytest.mark.spark


@given(types)
def test_a_type_survives_the_way_through_spark(wanted: SparkType) -> None:
    assert parse_type(type_text(spark_type(wanted))) == wanted


def test_a_schema_has_the_contracts_columns_and_lets_nulls_be() -> None:
    made = contract({"a": "int", "b c": "array<string>"}, [])
    assert [(field.name, field.dataType, field.nullable) for field in spark_schema(made)] == [
        ("a", T.IntegerType(), True),
        ("b c", T.ArrayType(T.StringType()), True),
    ]


def test_texts_of_a_length_are_texts() -> None:
    assert type_text(T.VarcharType(3)) == type_text(T.CharType(3)) == "string"
