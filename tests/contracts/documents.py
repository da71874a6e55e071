"""Documents written out in tests, with as little around what is tested as a valid document can have."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from tidegate.contracts.documents import read_contract
from tidegate.errors import ContractError
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract, Rule

ORDERS = TableName("silver", "orders")
HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.2.3
status: active
schema:
- name: orders
"""
LINES_ABOVE = HEAD.count("\n")


def document(schema: str, *, below: str = "") -> str:
    """Return a document; `schema` is what stands at its table, `below` what stands beside the schema."""
    return f"{HEAD}{textwrap.indent(textwrap.dedent(schema), '  ')}\n{textwrap.dedent(below)}"


def read(text: str) -> Contract:
    """Return the contract of a document."""
    return read_contract(text.encode(), "orders.odcs.yaml", ORDERS)


def problems(text: str) -> list[tuple[int, str]]:
    """Return what is wrong with a document, as pairs of line and text; it must be refused."""
    try:
        contract = read(text)
    except ContractError as error:
        lines = error.what.splitlines()[1:]
        found = [line.strip().removeprefix("orders.odcs.yaml:").partition(": ") for line in lines]
        return [(int(number), said) for number, _, said in found]
    raise AssertionError(f"accepted: {contract}")


def rules(schema: str, *, below: str = "") -> dict[str, Rule]:
    """Return the rules of a document by their ids."""
    return {rule.id: rule for rule in read(document(schema, below=below)).rules}


def rule(implementation: str, *, about: str = "", type_: str = "int") -> Rule:
    """Return the rule of kind custom that stands at a column `a` of a type; `b` is of that type, too, `s` a string."""
    item = f"{{type: custom, engine: tidegate, implementation: {implementation}{about}}}"
    text = f"""\
        properties:
        - {{name: a, physicalType: "{type_}", quality: [{item}]}}
        - {{name: b, physicalType: "{type_}"}}
        - {{name: s, physicalType: string}}
        """
    (found,) = rules(text).values()
    return found
