"""The functions that an SQL rule may call: of one row, deterministic, without side effects, and never raising.

Whatever is not listed here is refused. Spark raises on overflow and bad casts in ANSI mode, so functions that could
are written with their `try_` form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Function:
    """A function of the rule language.

    Attributes:
        takes: What it takes, one word per argument: a family, several joined by `|`, `integer` for a literal whole
            number, `any` for whatever (all `any` of a call are of one family); with `?` behind it may be left out,
            with `+` it may repeat.
        gives: Family of the result; `any` for the family of its `any` arguments.
        template: How Spark SQL writes it; empty for its name and its arguments.
    """

    takes: str
    gives: str
    template: str = ""


_DAY = "date|timestamp"

FUNCTIONS: Mapping[str, Function] = {
    "abs": Function("number", "number", "(CASE WHEN {0} < 0 THEN try_subtract(0, {0}) ELSE {0} END)"),
    "add_months": Function(f"{_DAY} integer", "date"),
    "array_contains": Function("array any", "boolean"),
    "ceil": Function("number", "number"),
    "char_length": Function("string", "number"),
    "coalesce": Function("any+", "any"),
    "concat": Function("string+", "string"),
    "contains": Function("string string", "boolean"),
    "date_add": Function(f"{_DAY} integer", "date"),
    "date_sub": Function(f"{_DAY} integer", "date"),
    "datediff": Function(f"{_DAY} {_DAY}", "number"),
    "day": Function(_DAY, "number"),
    "dayofweek": Function(_DAY, "number"),
    "dayofyear": Function(_DAY, "number"),
    "endswith": Function("string string", "boolean"),
    "exp": Function("number", "number"),
    "floor": Function("number", "number"),
    "greatest": Function("any any+", "any"),
    "hour": Function(_DAY, "number"),
    "if": Function("boolean any any", "any"),
    "ifnull": Function("any any", "any", "coalesce({0}, {1})"),
    "initcap": Function("string", "string"),
    "instr": Function("string string", "number"),
    "isnan": Function("number", "boolean"),
    "isnotnull": Function("any", "boolean"),
    "isnull": Function("any", "boolean"),
    "last_day": Function(_DAY, "date"),
    "least": Function("any any+", "any"),
    "left": Function("string integer", "string"),
    "length": Function("string", "number", "char_length({0})"),
    "ln": Function("number", "number"),
    "log10": Function("number", "number"),
    "lower": Function("string", "string"),
    "lpad": Function("string integer string", "string"),
    "ltrim": Function("string", "string"),
    "minute": Function(_DAY, "number"),
    "mod": Function("number number", "number", "({0} % nullif({1}, 0))"),
    "month": Function(_DAY, "number"),
    "months_between": Function(f"{_DAY} {_DAY}", "number"),
    "nullif": Function("any any", "any"),
    "nvl": Function("any any", "any", "coalesce({0}, {1})"),
    "power": Function("number number", "number"),
    "quarter": Function(_DAY, "number"),
    "replace": Function("string string string", "string"),
    "reverse": Function("string", "string"),
    "right": Function("string integer", "string"),
    "round": Function("number integer?", "number"),
    "rpad": Function("string integer string", "string"),
    "rtrim": Function("string", "string"),
    "second": Function(_DAY, "number"),
    "sign": Function("number", "number"),
    "size": Function("array", "number", "array_size({0})"),
    "sqrt": Function("number", "number"),
    "startswith": Function("string string", "boolean"),
    "substr": Function("string integer integer?", "string"),
    "substring": Function("string integer integer?", "string"),
    "to_date": Function(f"string|{_DAY}", "date", "try_cast({0} AS DATE)"),
    "to_timestamp": Function(f"string|{_DAY}", "timestamp", "try_cast({0} AS TIMESTAMP)"),
    "translate": Function("string string string", "string"),
    "trim": Function("string", "string"),
    "upper": Function("string", "string"),
    "weekofyear": Function(_DAY, "number"),
    "year": Function(_DAY, "number"),
}
