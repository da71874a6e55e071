"""Contracts: documents of the Open Data Contract Standard, their rules, and the gate that holds a batch to them."""

from __future__ import annotations

from tidegate.contracts.book import ContractBook, load_contracts
from tidegate.contracts.documents import load_contract

__all__ = ["ContractBook", "load_contract", "load_contracts"]
