"""Which rows fail a rule: one function per kind, from a rule's site to a `Column` that is true where the row fails.

Null or false means that the row passes. No function may raise for any row, also where Spark is in ANSI mode.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from tidegate.contracts.rules.formats import parse_format
from tidegate.contracts.rules.patterns import EMAIL, UUID
from tidegate.contracts.rules.usual import lacks_usual, outlier_bounds
from tidegate.contracts.sql.expressions import parse_expression
from tidegate.contracts.sql.moments import has_format
from tidegate.contracts.types import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import Column

    from tidegate.contracts.rules.kind import Site

PROBLEMS_COLUMN = "_problems"
RESCUED_COLUMN = "_rescued"


def not_null(site: Site) -> Column:
    """Return whether the value is null."""
    return site.columns[0].isNull()


def primary_key(site: Site) -> Column:
    """Return whether a part of the key is null, unless a rule of its own tells that, or whether the key is taken."""
    named = zip(site.rule.columns, site.columns, strict=True)
    return _any([*(column.isNull() for name, column in named if name not in site.never_null), site.found])


def unique(site: Site) -> Column:
    """Return whether another row has the same values; a row with a null among them has no equal."""
    return site.found


def foreign_key(site: Site) -> Column:
    """Return whether no row of the other table has the values; a row with a null among them passes."""
    return ~_any_null(site) & ~site.found


def between(site: Site) -> Column:
    """Return whether the value lies outside its bounds; null passes, NaN fails."""
    return _any([*_outside(site, site.columns[0]), *_nan(site)])


def balance(site: Site) -> Column:
    """Return whether the number is not what the other table has of the key; a row with a null passes."""
    return ~_any_null(site) & site.found


def outlier(site: Site) -> Column:
    """Return whether the value is further from what is usual than is let pass; null passes, NaN fails.

    Where nobody knows what is usual every row passes, and the rule's result says that it was not checked.
    """
    value = site.columns[0]
    if lacks_usual(site.rule):
        return value.isNull() & value.isNotNull()
    low, high = outlier_bounds(site.rule)
    number = value.cast("double")
    return _any([number < low, number > high, *_nan(site)])


def known_fields(site: Site) -> Column:
    """Return whether the reader of files kept something beside the contract's columns; null passes."""
    return site.sql(f"{RESCUED_COLUMN} IS NOT NULL")


def length(site: Site) -> Column:
    """Return whether the text has too few or too many characters; null passes."""
    length = site.call("char_length", site.columns[0])
    low, high = site.rule.argument("min"), site.rule.argument("max")
    return _any([*([length < low] if low is not None else []), *([length > high] if high is not None else [])])


def accepted_values(site: Site) -> Column:
    """Return whether the value is not listed; null passes, NaN fails."""
    return ~site.columns[0].isin([site.literal(value) for value in site.rule.listed("values")])


def not_missing(site: Site) -> Column:
    """Return whether the value is listed as one that stands for nothing; null passes unless it is listed."""
    values = site.rule.listed("values")
    listed = [site.columns[0].isin([site.literal(value) for value in values if value is not None])]
    nulls = [site.columns[0].isNull()] if None in values else []
    return _any([*(listed if len(values) > len(nulls) else []), *nulls])


def forbidden_values(site: Site) -> Column:
    """Return whether the value is listed; null and NaN pass."""
    return site.columns[0].isin([site.literal(value) for value in site.rule.listed("values")])


def pattern(site: Site) -> Column:
    """Return whether the pattern is found nowhere in the text; null passes."""
    return ~site.columns[0].rlike(str(site.rule.argument("pattern")))


def email(site: Site) -> Column:
    """Return whether the text is not an e-mail address; null passes."""
    return ~site.columns[0].rlike(EMAIL)


def uuid(site: Site) -> Column:
    """Return whether the text is not a UUID; null passes."""
    return ~site.columns[0].rlike(UUID)


def date_format(site: Site) -> Column:
    """Return whether the text is not a date or time in the format; null passes."""
    return ~site.sql(has_format(site.rule.columns[0], parse_format(str(site.rule.argument("format")))))


def custom(site: Site) -> Column:
    """Return whether the project's own function says false; null passes."""
    return ~site.found


def date_order(site: Site) -> Column:
    """Return whether the first date or time is after the second; equal ones and null pass."""
    earlier, later = site.columns
    return earlier > later


def compare(site: Site) -> Column:
    """Return whether the comparison does not hold; null passes, NaN fails."""
    left, *others = site.columns
    right = others[0] if others else site.literal(site.rule.scalar("value"))
    holds = {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "=": left == right,
        "!=": left != right,
    }[str(site.rule.argument("operator"))]
    return _any([~holds, *_nan(site)])


def castable(site: Site) -> Column:
    """Return whether the text does not become a value of the type; null passes."""
    cast = site.sql(f"try_cast({quoted(site.rule.columns[0])} AS {site.rule.argument('type')})")
    return site.columns[0].isNotNull() & cast.isNull()


def sql(site: Site) -> Column:
    """Return whether the expression is false; null passes."""
    return ~site.sql(parse_expression(str(site.rule.argument("expression")), site.types).sql)


def readable(site: Site) -> Column:
    """Return whether the reader of files noted a problem; null and an empty list pass."""
    return site.sql(f"array_size({PROBLEMS_COLUMN}) > 0")


def _any(conditions: Sequence[Column]) -> Column:
    return reduce(or_, conditions)


def _any_null(site: Site) -> Column:
    return _any([column.isNull() for column in site.columns])


def _nan(site: Site) -> list[Column]:
    named = zip(site.rule.columns, site.columns, strict=True)
    return [site.call("isnan", column) for name, column in named if site.types[name].has_nan]


def _outside(site: Site, value: Column) -> Iterator[Column]:
    rule = site.rule
    low, high = rule.scalar("min"), rule.scalar("max")
    if low is not None:
        bound = site.literal(low)
        yield value <= bound if rule.argument("exclusive_min") else value < bound
    if high is not None:
        bound = site.literal(high)
        yield value >= bound if rule.argument("exclusive_max") else value > bound
