from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st
from tests.contracts.documents import document, read

from tidegate.contracts.outputs.dictionary import layer_page

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=30
)
FULL = read(
    document(
        """
        description: Orders.
        tags: [core]
        properties:
        - {name: id, businessName: Number, physicalType: int, primaryKey: true, tags: [pii], description: The order.}
        - {name: shop_id, physicalType: int, relationships: [{to: shops.id}]}
        quality: [{metric: rowCount, mustBeGreaterThan: 0}]
        """,
        below="""
        domain: retail
        description: {usage: For reports., limitations: Not for billing.}
        slaProperties:
        - {property: latency, value: 4, unit: h, description: After closing time.}
        - {property: retention, value: 3, unit: y}
        team: {name: sales, members: [{username: ada, role: owner, description: Asks.}]}
        roles: [{role: reader, access: read, description: Sees all.}]
        servers: [{server: lake, type: s3, environment: prod, location: "s3://user:secret@bucket"}]
        """,
    )
)


def shown(text: str) -> str:
    """Return the text that a reader sees of a cell or a paragraph: code as it stands, all else without escapes."""
    return text.strip("`") if text.startswith("`") else html.unescape(re.sub(r"\\(.)", r"\1", text))


def cells(page: str) -> list[list[str]]:
    """Return the cells of all tables of a page, as a reader sees them."""
    rows = [line[2:-2].split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return [[shown(cell) for cell in row] for row in rows]


def named(text: str) -> Contract:
    """Return a contract that has a text in every place where somebody could write it."""
    column = {"name": text, "physicalType": "int", "primaryKey": True, "description": text, "tags": [text]}
    quality = {"id": text, "description": text, "metric": "rowCount", "mustBeGreaterThan": 0}
    schema = {"description": text, "properties": [column], "quality": [quality]}
    # As JSON, which is YAML of which no text is a number.
    return read(document("\n".join(f"{name}: {json.dumps(given)}" for name, given in schema.items())))


def test_a_page_tells_all_that_the_contract_says_and_no_address() -> None:
    page = layer_page("silver", [FULL])
    found = cells(page)
    assert [line for line in page.splitlines() if line and not line.startswith("|")][1:] == [
        "# Tables of silver",
        "## silver.orders",
        "Orders.",
        "For reports.",
        "Limits: Not for billing.",
    ]
    for row in (
        ["version", "1.2.3"],
        ["owner", "ada"],
        ["domain", "retail"],
        ["tags", "core"],
        ["key", "id"],
        ["refers to", "shop_id` → `silver.shops` (`id`)"],
        ["id", "int", "Number: The order.", "pii", "pii"],
        ["row_count", "has a number of rows that is not in [1, …)", "error", "batch"],
        ["latency", "4 h", "After closing time."],
        ["retention", "3 y", ""],
        ["ada", "owner", "Asks."],
        ["reader", "read", "Sees all."],
        ["lake", "s3", "prod"],
    ):
        assert row in found
    assert "secret" not in page


@example("0E0")
@given(TEXTS.filter(lambda text: not text.startswith("_")))
def test_names_and_texts_are_shown_as_they_are_written(text: str) -> None:
    page = layer_page("silver", [named(text)])
    found = cells(page)
    assert ["key", text] in found
    assert [text, "int", text, text] in found
    assert any(row[0] == text and row[1].startswith(f"{text} (") for row in found)
    assert text in map(shown, page.splitlines())


def test_the_order_of_contracts_makes_no_difference() -> None:
    other = read(document("properties: [{name: a, physicalType: int, required: true}]"))
    assert layer_page("silver", [FULL, FULL]) == layer_page("silver", [FULL, FULL])
    assert layer_page("silver", [other]).startswith("<!-- Generated from the contracts")
