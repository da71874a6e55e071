"""Nineteen rules about orders and their lines, as contracts of tidegate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.model.contracts import Column, Contract, ForeignKey, Rule
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Sequence

Chosen: TypeAlias = Literal["none", "rows", "all"]

ORDERS = TableName("bronze", "orders")
LINES = TableName("silver", "lineitem")
KEY = ("l_orderkey", "l_linenumber")
LINE_COLUMNS = {
    "l_orderkey": "bigint",
    "l_partkey": "bigint",
    "l_suppkey": "bigint",
    "l_linenumber": "int",
    "l_quantity": "decimal(15,2)",
    "l_extendedprice": "decimal(15,2)",
    "l_discount": "decimal(15,2)",
    "l_tax": "decimal(15,2)",
    "l_returnflag": "string",
    "l_linestatus": "string",
    "l_shipdate": "date",
    "l_commitdate": "date",
    "l_receiptdate": "date",
    "l_shipinstruct": "string",
    "l_shipmode": "string",
    "l_comment": "string",
}
ORDER_COLUMNS = {
    "o_orderkey": "bigint",
    "o_custkey": "bigint",
    "o_orderstatus": "string",
    "o_totalprice": "decimal(15,2)",
    "o_orderdate": "date",
    "o_orderpriority": "string",
    "o_clerk": "string",
    "o_shippriority": "int",
    "o_comment": "string",
}
MODES = ("AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK")
REFERENCE = Rule(
    "order_is_known", "foreign_key", ("l_orderkey",), (("references", ("o_orderkey",)), ("table", str(ORDERS)))
)
LINE_RULES = (
    *(Rule(f"{name}_is_not_null", "not_null", (name,)) for name in ("l_partkey", "l_quantity", "l_shipdate")),
    Rule("quantity_is_sold", "between", ("l_quantity",), (("max", 50), ("min", 1))),
    Rule("price_is_positive", "between", ("l_extendedprice",), (("min", 0),)),
    Rule("discount_is_small", "between", ("l_discount",), (("max", 0.1), ("min", 0))),
    Rule("tax_is_small", "between", ("l_tax",), (("max", 0.08), ("min", 0))),
    Rule("flag_is_known", "accepted_values", ("l_returnflag",), (("values", ("A", "N", "R")),)),
    Rule("status_is_known", "accepted_values", ("l_linestatus",), (("values", ("F", "O")),)),
    Rule("mode_is_known", "accepted_values", ("l_shipmode",), (("values", MODES),)),
    Rule("instruction_is_in_capitals", "pattern", ("l_shipinstruct",), (("pattern", "^[A-Z ]+$"),)),
    Rule("received_after_shipped", "date_order", ("l_shipdate", "l_receiptdate")),
)
ORDER_RULES = (
    Rule("o_custkey_is_not_null", "not_null", ("o_custkey",)),
    Rule("order_status_is_known", "accepted_values", ("o_orderstatus",), (("values", ("F", "O", "P")),)),
    Rule("total_is_positive", "between", ("o_totalprice",), (("min", 0),)),
    Rule("clerk_has_a_number", "pattern", ("o_clerk",), (("pattern", "^Clerk#[0-9]{9}$"),)),
)
# A contract needs a rule; this one is about no row.
LEAST = Rule("has_rows", "row_count", (), (("min", 1),), severity="warn", scope="batch")


def orders() -> Contract:
    """Return the contract of the orders: a key and four rules about rows."""
    return _contract(ORDERS, ORDER_COLUMNS, ORDER_RULES, ("o_orderkey",))


def lines(chosen: Chosen = "all", key_type: str = "bigint", copies: int = 1) -> Contract:
    """Return the contract of the lines.

    Args:
        chosen: `none` of the rules, the twelve about single `rows`, or `all`: the keys, too.
        key_type: Type of the order's number: `bigint`, or `string` where keys are texts.
        copies: How often each rule about rows is there, each time a little different.
    """
    rules: tuple[Rule, ...] = (LEAST,)
    if chosen != "none":
        rules += tuple(_varied(rule, number) for number in range(copies) for rule in LINE_RULES)
    has_keys = chosen == "all"
    columns = {**LINE_COLUMNS, "l_orderkey": key_type}
    reference = (ForeignKey(REFERENCE.columns, ORDERS, ("o_orderkey",)),) if has_keys else ()
    made = _contract(LINES, columns, (*rules, REFERENCE) if has_keys else rules, KEY if has_keys else ())
    return replace(made, foreign_keys=reference)


def _varied(rule: Rule, number: int) -> Rule:
    """Return a rule that finds the same rows and is another expression."""
    if not number:
        return rule
    given = dict(rule.arguments)
    if "max" in given or "min" in given:
        given = {
            name: float(str(bound)) + (number * 1e-6 if name == "max" else -number * 1e-6)
            for name, bound in given.items()
        }
    elif "values" in given:
        given["values"] = (*rule.listed("values"), f"value {number}")
    elif "pattern" in given:
        given["pattern"] = f"^(?:[A-Z ]+|x{number})$"
    return replace(rule, id=f"{rule.id}_{number}", arguments=tuple(sorted(given.items())))


def _contract(table: TableName, columns: dict[str, str], rules: Sequence[Rule], key: tuple[str, ...]) -> Contract:
    required = tuple(Rule(f"{name}_is_given", "not_null", (name,)) for name in key)
    made = tuple(Column(name, kind) for name, kind in columns.items())
    return Contract(table, "1.0.0", made, (*required, *rules), primary_key=key)
