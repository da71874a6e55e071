"""A name that does not exist is answered with the one that was probably meant, and with those there are."""

from __future__ import annotations

import pytest

from tidegate.model.nearest import did_you_mean, names_there_are, nearest_name


@pytest.mark.parametrize(("name", "meant"), [("ordres", "Orders"), ("ORDERS", "Orders"), ("customer", "customers")])
def test_the_likest_name_is_meant_in_any_case(name: str, meant: str) -> None:
    assert nearest_name(name, ("Orders", "customers")) == meant
    assert did_you_mean(name, ("Orders", "customers")) == f"; did you mean {meant}?"


def test_where_none_is_alike_nothing_is_guessed() -> None:
    assert nearest_name("x", ("orders",)) is None
    assert did_you_mean("x", ()) == ""
    assert names_there_are("x", (), "jobs") == "jobs: none"
    assert nearest_name("order", ("orders",), likeness=1.0) is None


def test_all_names_are_told_in_their_order() -> None:
    known = ("silver.orders", "gold", "bronze.orders")
    assert names_there_are("gould", iter(known), "jobs") == f"did you mean gold? jobs: {', '.join(known)}"
