"""What a query says of its columns is what they are made from, whatever the query; no Spark is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage.columns import algebra
from tests.lineage.columns.facts import facts

from tidegate.model.column_lineage import Derivation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.model.column_lineage import ColumnLineage

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


TABLES = {"orders": ("id", "amount", "day", "who"), "rates": ("id", "rate")}


def made(sql: str, *names: str, tables: Mapping[str, Sequence[str]] = TABLES) -> ColumnLineage:
    found: ColumnLineage = sql_query.sql_column_lineage(sql, tables, columns=names)
    return found


def briefly(derivation: Derivation) -> set[str]:
    return {f"{one.source}.{one.column} {one.subtype}" for one in derivation.influences}


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("who.name from orders", {"orders.who TRANSFORMATION"}),
        ("o.who.name from orders o", {"orders.who TRANSFORMATION"}),
        ("orders.amount from orders", {"orders.amount IDENTITY"}),
        ("(amount) from orders", {"orders.amount IDENTITY"}),
        ("case day when 1 then amount end from orders", {"orders.day CONDITIONAL", "orders.amount TRANSFORMATION"}),
        (
            "if(day = 1, amount, id) from orders",
            {"orders.day CONDITIONAL", "orders.amount TRANSFORMATION", "orders.id TRANSFORMATION"},
        ),
        ("(select max(rate) from rates) from orders", {"rates.rate AGGREGATION"}),
        (
            "(select max(rate) from rates r where r.id = orders.id) from orders",
            {"rates.rate AGGREGATION", "rates.id FILTER", "orders.id FILTER"},
        ),
        ("id in (select rate from rates) from orders", {"orders.id TRANSFORMATION", "rates.rate TRANSFORMATION"}),
        ("exists (select 1 from rates where rate > 1) from orders", {"rates.rate FILTER"}),
        ("coalesce(amount, id) from orders", {"orders.amount TRANSFORMATION", "orders.id TRANSFORMATION"}),
        ("unknown_here(amount) from orders", {"orders.amount TRANSFORMATION"}),
    ],
)
def test_what_an_expression_is_made_from(select: str, expected: set[str]) -> None:
    sql = f"select {select}"
    (found,) = made(sql).columns.values()
    assert briefly(found) == expected
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select o.id from orders o join rates using (id)", {"orders.id JOIN", "rates.id JOIN"}),
        ("select id from orders group by cube (id, day)", {"orders.id GROUP_BY", "orders.day GROUP_BY"}),
        ("select id as n from orders group by 1 having max(day) > 1", {"orders.id GROUP_BY", "orders.day FILTER"}),
        ("select id from orders qualify row_number() over (order by day) = 1", {"orders.day FILTER"}),
        ("select id from orders union select id from rates", {"orders.id GROUP_BY", "rates.id GROUP_BY"}),
        ("(select id from orders) order by id", {"orders.id SORT"}),
        ("select id from (select id from orders where day > 1) where id > 0",
         {"orders.day FILTER", "orders.id FILTER"}),
        ("select o.id from orders o join (select id, rate from rates where rate > 1) r on o.id = r.id",
         {"rates.rate FILTER", "orders.id JOIN", "rates.id JOIN"}),
        ("select o.id from (orders o join rates r on o.day = r.rate)", {"orders.day JOIN", "rates.rate JOIN"}),
    ],
)  # fmt: skip
def test_what_decides_on_rows(sql: str, expected: set[str]) -> None:
    found = made(sql)
    assert briefly(found.rows) == expected
    assert found.rows.unknown == ()


def test_a_star_is_all_columns_but_those_excepted() -> None:
    assert list(made("select * except (who, day) from orders").columns) == ["id", "amount"]
    assert list(made("select r.*, 1 as one from orders o, rates r").columns) == ["id", "rate", "one"]
    assert list(made("select nobody.* from orders").columns) == []


def test_a_table_whose_columns_are_not_known_has_what_is_asked_of_it() -> None:
    found = made("with s as (select * from silver.o where d > 1) select * from s", "id", "amount", tables={})
    assert {name: briefly(one) for name, one in found.columns.items()} == {
        "id": {"silver.o.id IDENTITY"},
        "amount": {"silver.o.amount IDENTITY"},
    }
    assert briefly(found.rows) == {"silver.o.d FILTER"}
    both = made("select x, x + 1 as y, y as z from a.a, b.b group by y", tables={})
    assert both.columns["x"].unknown == ("which of the tables read has x",)
    assert briefly(both.columns["z"]) == {"a.a.y IDENTITY", "b.b.y IDENTITY"}
    assert briefly(both.rows) == {"a.a.x GROUP_BY", "b.b.x GROUP_BY"}
    assert made("select distinct * from a.a", "id", tables={}).rows.unknown == ("which columns the tables read have",)


def test_what_the_query_does_not_tell_is_said() -> None:
    nowhere = made("select nothing, x.y from orders", "nothing", "y", "absent")
    assert nowhere.columns["nothing"].unknown == ("where the column nothing comes from",)
    assert nowhere.columns["y"].unknown == ("where the column y comes from",)
    assert nowhere.columns["absent"].unknown == ("the query does not name it",)
    values = made("select a from values (1) as t(a)")
    assert values.columns["a"].unknown == ("rows that are no table (Values)",)
    assert values.rows.unknown
    assert made("select 1 as one").columns["one"] == Derivation()
    later = made("select id + 1 as next, next + 1 as after from orders")
    assert briefly(later.columns["after"]) == {"orders.id TRANSFORMATION"}


@pytest.mark.parametrize("sql", ["select from where (", "delete from orders", "with a as (delete from b) select 1"])
def test_what_is_no_query_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match="the SQL"):
        made(sql)
