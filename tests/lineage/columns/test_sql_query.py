"""What a query says of its columns is what they are made from, whatever the query; no Spark is needed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage.columns import algebra
from tests.lineage.columns.facts import facts

sql_query = pytest.importorskip("tidegate.lineage.columns.sql_query")


@given(data=st.data())
@settings(max_examples=150)
def test_lineage_of_any_query_is_what_a_plain_model_says(data: st.DataObject) -> None:
    stage = algebra.Stage(algebra.source("orders"))
    for _ in range(data.draw(st.integers(1, 7))):
        algebra.apply(stage, data.draw)
    found = sql_query.sql_column_lineage(stage.sql(), algebra.INPUTS)
    assert {name: facts(made) for name, made in found.columns.items()} == stage.known.columns
    assert facts(found.rows) == stage.known.rows
