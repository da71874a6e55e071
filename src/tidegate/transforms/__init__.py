"""Pure functions from frames to frames, for `frame.transform(function, …)`. None of them runs an action."""

from __future__ import annotations

from tidegate.transforms.currency import convert_currency
from tidegate.transforms.rows import conform, latest_by_key
from tidegate.transforms.text import blank_to_null, standardize_case, trim_strings

__all__ = ["blank_to_null", "conform", "convert_currency", "latest_by_key", "standardize_case", "trim_strings"]
