"""Pure functions from frames to frames, for `frame.transform(function, …)`. None of them runs an action."""

from __future__ import annotations

from tidegate.transforms.change_feeds import changes_from_change_table, changes_from_envelopes
from tidegate.transforms.columns import cast_columns, rename_columns
from tidegate.transforms.currency import convert_currency
from tidegate.transforms.rows import conform, latest_by_key, select_columns
from tidegate.transforms.snapshots import changes_from_snapshots
from tidegate.transforms.text import blank_to_null, standardize_case, trim_strings
from tidegate.transforms.times import day_of, parse_timestamps, to_utc

__all__ = [
    "blank_to_null",
    "cast_columns",
    "changes_from_change_table",
    "changes_from_envelopes",
    "changes_from_snapshots",
    "conform",
    "convert_currency",
    "day_of",
    "latest_by_key",
    "parse_timestamps",
    "rename_columns",
    "select_columns",
    "standardize_case",
    "to_utc",
    "trim_strings",
]
