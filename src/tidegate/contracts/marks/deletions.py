"""Rows that ask for a deletion: they have a key and a sequence, and nothing else that a rule could judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column

    from tidegate.model.contracts import Rule


@dataclass(frozen=True)
class Deletions:
    """Which rows of a batch ask for a deletion, and what they are judged by.

    Attributes:
        deletes: Rows that delete one key; never null.
        truncates: Rows that delete everything before them, and have no key; never null.
        keys: Columns of the key.
        sequence_by: Column that orders the changes of a key.
    """

    deletes: Column
    truncates: Column
    keys: tuple[str, ...]
    sequence_by: str

    def exempt(self, rule: Rule, fails: Column, columns: Sequence[str]) -> Column:
        """Return whether a row fails a rule that concerns it; `columns` are those that the rule reads.

        A rule about the sequence concerns every row, one about keys and sequence all but truncates, and any other only
        rows to be. That a record could be read concerns every row.
        """
        about = set(columns)
        if rule.kind == "readable" or about == {self.sequence_by}:
            return fails
        if about and about <= {*self.keys, self.sequence_by} and rule.kind != "foreign_key":
            return fails & ~self.truncates
        return fails & ~self.truncates & ~self.deletes
