"""Contracts are found by their place, and read when they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.documents import ORDERS, document, read

from tidegate.contracts import ContractBook, load_contract, load_contracts
from tidegate.errors import ContractError
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from pathlib import Path

GOOD = document("properties: [{name: a, physicalType: int, required: true}]")


def test_the_place_of_a_file_tells_its_table(tmp_path: Path) -> None:
    for place, table in (("silver/orders.odcs.yaml", "silver.orders"), ("2 B/My Orders.yml", "t_2_b.my_orders")):
        file = tmp_path / place
        file.parent.mkdir()
        file.write_text(GOOD)
        assert str(load_contract(str(file)).table) == table
    assert load_contract(str(file), table=TableName("gold", "x")).table == TableName("gold", "x")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="there is no contract") as caught:
        load_contract(str(tmp_path / "silver" / "orders.odcs.yaml"))
    assert caught.value.exit_code == 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "silver").mkdir()
    (tmp_path / "bronze").mkdir()
    (tmp_path / "silver" / "orders.odcs.yaml").write_text(GOOD)
    (tmp_path / "bronze" / "broken.odcs.yaml").write_text("[")
    (tmp_path / "silver" / "README.md").write_text("notes")
    return tmp_path


def test_a_book_knows_its_tables_without_reading_them(folder: Path) -> None:
    book = load_contracts(str(folder))
    assert list(map(str, book.tables)) == ["bronze.broken", "silver.orders"]
    assert book.get(ORDERS).table == ORDERS
    assert book.find(ORDERS) is book.get(ORDERS)


def test_a_contract_that_is_broken_is_told_when_it_is_asked_for(folder: Path) -> None:
    with pytest.raises(ContractError, match=r"broken\.odcs\.yaml:1: not valid YAML"):
        load_contracts(str(folder)).find(TableName("bronze", "broken"))


def test_a_table_without_a_contract_is_none_or_an_error(folder: Path) -> None:
    book = load_contracts(f"{folder}/")
    assert book.find(TableName("gold", "x")) is None
    with pytest.raises(ContractError, match=r"gold\.x has no contract") as caught:
        book.get(TableName("gold", "x"))
    assert "bronze.broken, silver.orders" in str(caught.value)


@pytest.mark.parametrize("place", ["orders.odcs.yaml", "silver/deep/orders.odcs.yaml", "Silver/orders.odcs.yaml"])
def test_a_document_at_the_wrong_place_is_told(tmp_path: Path, place: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(GOOD)
    with pytest.raises(ContractError, match="does not tell its table"):
        load_contracts(str(tmp_path))


def test_a_book_can_be_made_of_contracts() -> None:
    contract = read(GOOD)
    book = ContractBook.of([contract])
    assert book.tables == (ORDERS,)
    assert book.get(ORDERS) is contract
    with pytest.raises(ContractError, match="tables that have one: none"):
        ContractBook.of(()).get(ORDERS)
