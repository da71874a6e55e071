"""Expectations about columns as such: the gate holds every batch against the contract's, so they are decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tidegate.storage.yaml_documents import YamlValue

    Given = Mapping[str, YamlValue]


def structure(type_: str, kwargs: Given, columns: Sequence[str]) -> bool | None:
    """Return whether a contract's columns meet an expectation; None where it is not about columns as such."""
    holds = _HOLDS.get(type_)
    return None if holds is None else holds(kwargs, columns)


def _exists(given: Given, columns: Sequence[str]) -> bool:
    name, index = given.get("column"), given.get("column_index")
    if name not in columns:
        return False
    return index is None or index == columns.index(str(name))


def _count(given: Given, columns: Sequence[str]) -> bool:
    return given.get("value") == len(columns)


def _count_between(given: Given, columns: Sequence[str]) -> bool:
    low, high = (given.get(name) for name in ("min_value", "max_value"))
    is_over = isinstance(high, int | float) and len(columns) > high
    return not is_over and not (isinstance(low, int | float) and len(columns) < low)


def _set(given: Given, columns: Sequence[str]) -> bool:
    listed = given.get("column_set")
    wanted = {str(name) for name in listed} if isinstance(listed, list) else set()
    return wanted == set(columns) if given.get("exact_match") is not False else wanted <= set(columns)


def _order(given: Given, columns: Sequence[str]) -> bool:
    return given.get("column_list") == [*columns]


_HOLDS: Mapping[str, Callable[[Given, Sequence[str]], bool]] = {
    "expect_column_to_exist": _exists,
    "expect_table_column_count_to_be_between": _count_between,
    "expect_table_column_count_to_equal": _count,
    "expect_table_columns_to_match_ordered_list": _order,
    "expect_table_columns_to_match_set": _set,
}
