"""The pages about contracts say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tidegate.contracts.documents import read_contract
from tidegate.contracts.rules.kinds import KINDS, UNENFORCED, Kind
from tidegate.contracts.sql.functions import FUNCTIONS
from tidegate.model.names import TableName

DOCS = Path(__file__).parents[2] / "docs"
RULES = (DOCS / "reference" / "rules.md").read_text(encoding="utf-8")
KINDS_LISTED = RULES.partition("## Kinds")[2].partition("\n## ")[0]
GUIDE = (DOCS / "guides" / "contracts.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.name != UNENFORCED], ids=lambda kind: kind.name
)
def test_every_kind_is_listed_with_its_arguments(kind: Kind) -> None:
    (row,) = re.findall(rf"^\| (?:`\w+`, )*`{kind.name}`(?:, `\w+`)* \|.*$", KINDS_LISTED, re.MULTILINE)
    listed = "the same" in row or all(f"`{parameter.name}`" in row for parameter in kind.parameters)
    assert listed, row


def test_every_function_is_listed() -> None:
    listed = re.search(r"^Functions: (.*?)\. Positions", RULES, re.MULTILINE | re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"`(\w+)`", listed[1])) == set(FUNCTIONS)


def test_the_contract_of_the_guide_can_be_used() -> None:
    (text,) = re.findall(r"```yaml\n(apiVersion.*?)```", GUIDE, re.DOTALL)
    contract = read_contract(text.encode(), "guide", TableName("silver", "orders"))
    assert contract.primary_key == ("order_id",)
    assert {rule.kind for rule in contract.rules} == {
        "primary_key",
        "not_null",
        "foreign_key",
        "email",
        "between",
        "date_order",
        "sql",
        "freshness",
    }
