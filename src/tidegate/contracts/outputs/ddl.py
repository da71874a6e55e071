"""A contract as `CREATE TABLE`, for catalogs and engines that hold a table which tidegate does not make itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.outputs.artefacts import NOTE
from tidegate.contracts.rules.checking import column_types
from tidegate.contracts.sql.conditions import condition
from tidegate.contracts.types import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Column, Contract, Rule

_WITH_CHECKS = frozenset({"delta"})
# Delta keeps columns with such names only under names of its own.
_MAPPED = "TBLPROPERTIES ('delta.columnMapping.mode' = 'name')"
_ODD = frozenset(" ,;{}()\n\t=")
_BLOCKING = frozenset({"error", "fatal"})


def create_table(contract: Contract, table_format: str) -> str:
    """Return Spark SQL that makes the table of a contract: columns, types, comments and constraints.

    A column is `NOT NULL` where a rule of severity error or fatal keeps nulls out. Rules of those severities about
    single rows become `CHECK` constraints where the format has them; a null passes there as it does in the gate. All
    other rules, and the keys, which Spark has no words for, stand below as comments.

    Args:
        contract: The contract.
        table_format: Name of the format, as Spark knows it.
    """
    blocking = [rule for rule in contract.rules if rule.severity in _BLOCKING]
    required = {rule.columns[0] for rule in blocking if _is_not_null(rule)}
    columns = ",\n".join(_column(column, is_required=column.name in required) for column in contract.columns)
    comment = f"\nCOMMENT {_text(contract.description)}" if contract.description else ""
    mapped = f"\n{_MAPPED}" if table_format == "delta" and any(map(_is_odd, _names(column_types(contract)))) else ""
    lines = [
        f"-- {NOTE}",
        f"-- {contract.table}, version {_line(contract.version)}",
        f"CREATE TABLE {_table(contract)} (\n{columns}\n)\nUSING {table_format}{comment}{mapped};",
        *_constraints(contract, blocking if table_format in _WITH_CHECKS else []),
    ]
    return "\n".join(lines) + "\n"


def _names(types: Mapping[str, SparkType]) -> Iterator[str]:
    for name, kind in types.items():
        yield name
        yield from _names(dict(kind.parts))


def _is_odd(name: str) -> bool:
    return not _ODD.isdisjoint(name)


def _table(contract: Contract) -> str:
    return f"{quoted(contract.table.layer)}.{quoted(contract.table.dataset)}"


def _column(column: Column, *, is_required: bool) -> str:
    null = " NOT NULL" if is_required else ""
    comment = f" COMMENT {_text(column.description)}" if column.description else ""
    return f"  {quoted(column.name)} {column.type}{null}{comment}"


def _constraints(contract: Contract, checked: list[Rule]) -> Iterator[str]:
    types = column_types(contract)
    for rule in contract.rules:
        if _is_not_null(rule) and rule.severity in _BLOCKING:
            continue
        holds = condition(rule, types)
        if holds and rule in checked:
            yield f"ALTER TABLE {_table(contract)} ADD CONSTRAINT {quoted(rule.id)} CHECK (coalesce({holds}, true));"
        else:
            yield f"-- {_line(rule.id)} ({rule.severity}): {_line(holds or _key(rule))}"


def _is_not_null(rule: Rule) -> bool:
    return rule.kind == "not_null" and rule.where is None


def _key(rule: Rule) -> str:
    columns = ", ".join(map(quoted, rule.columns))
    named = {"primary_key": "PRIMARY KEY", "unique": "UNIQUE"}.get(rule.kind)
    where = f" WHERE {rule.where}" if rule.where else ""
    if named:
        return f"{named} ({columns}){where}"
    if rule.kind == "foreign_key":
        others = ", ".join(quoted(str(name)) for name in rule.listed("references"))
        return f"FOREIGN KEY ({columns}) REFERENCES {rule.argument('table')} ({others}){where}"
    given = ", ".join(f"{name}={value}" for name, value in rule.arguments)
    return " ".join(filter(None, [rule.kind, columns, given and f"({given})"]))


def _text(text: str) -> str:
    """Return a literal; a comment takes no other expression."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _line(text: str) -> str:
    """Return a text on one line, so that nothing gets out of a comment."""
    return " ".join(text.split())
