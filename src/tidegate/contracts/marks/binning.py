"""Aggregates that count values by bin: how they are distributed, and what texts look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.rules.literals import as_value
from tidegate.contracts.rules.looks import LOOKS
from tidegate.contracts.tallies import bin_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule


def distribution(rule: Rule, value: Callable[[Column], Column], found: Column, kind: SparkType) -> dict[str, Column]:
    """Return how many values are not above each edge of a rule, or are each of its values, and how many there are.

    Args:
        rule: The rule; one that does not say what is usual counts its values alone.
        value: Returns what counts of a value: null for rows that do not.
        found: The column.
        kind: Its type.
    """
    edges, values = rule.listed("edges"), rule.listed("values")
    literals = [F.lit(as_value(one, kind)) for one in (*edges, *values)]
    counted = value(found)
    hits = [counted <= one if edges else counted == one for one in literals]
    return {**{bin_name(place): F.count_if(hit) for place, hit in enumerate(hits)}, "values": F.count(counted)}


def looks(value: Callable[[Column], Column], found: Column) -> dict[str, Column]:
    """Return how many texts look like each type, and how many there are; blank ones are no values."""
    text = F.trim(found)
    counted = value(F.when(text != "", text))
    hits = {bin_name(place): F.count_if(counted.rlike(pattern)) for place, pattern in enumerate(LOOKS.values())}
    return {**hits, "values": F.count(counted)}
