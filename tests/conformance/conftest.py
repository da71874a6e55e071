"""The stores of tidegate, which the suite holds against the model."""

from __future__ import annotations

from tests.tables.conftest import kind, new_table, store

__all__ = ["kind", "new_table", "store"]
