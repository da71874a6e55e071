"""Erasing: rows that leave a table for good, with the files that held them."""

from __future__ import annotations

from tidegate.tables.erasing.erasers import eraser_of
from tidegate.tables.erasing.port import Doomed, Eraser

__all__ = ["Doomed", "Eraser", "eraser_of"]
