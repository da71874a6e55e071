"""How far a source that is ordered by a cursor has been read. It is part of the commit that has the rows."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

CursorKind: TypeAlias = Literal["sequence", "date", "timestamp", "instant", "offsets"]

_BYTES = 8
_KINDS: dict[str, CursorKind] = {kind: kind for kind in get_args(CursorKind)}


@dataclass(frozen=True)
class CursorMark:
    """The watermark of a cursor, and what lies so near to it that the next run reads it again.

    Attributes:
        value: The greatest value read, as text: digits, an ISO date, or an ISO timestamp (in UTC for `instant`). Of a
            topic, per partition the offset that is read next, as a JSON object.
        kind: What the value is: a whole number, a day, a timestamp without a zone, a moment, or offsets of a topic.
        reach: The smallest value of which every row that was read is among the fingerprints. Of a topic, per partition
            the offset that the batch began with.
        columns: Columns that the fingerprints are made of. Of a topic, its id.
        seen: Fingerprints of the rows of the overlap, sorted; one that occurs twice stands for two equal rows.
        column: The cursor's column, or the topic.
    """

    value: str
    kind: CursorKind
    reach: str
    columns: tuple[str, ...] = ()
    seen: tuple[int, ...] = ()
    column: str = ""

    def facts(self) -> dict[str, object]:
        """Return the mark as JSON holds it, eight bytes a fingerprint."""
        packed = base64.b64encode(struct.pack(f">{len(self.seen)}q", *self.seen)).decode("ascii")
        return {
            "value": self.value,
            "kind": self.kind,
            "reach": self.reach,
            "column": self.column,
            "columns": list(self.columns),
            "seen": packed,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, object]) -> CursorMark:
        """Return the mark that `facts` wrote.

        Raises:
            KeyError: A fact is missing.
            ValueError: A fact is not what `facts` writes.
        """
        packed = base64.b64decode(str(facts["seen"]), validate=True)
        if len(packed) % _BYTES:
            raise ValueError("fingerprints are cut off")
        columns = facts["columns"]
        if not isinstance(columns, list):
            raise ValueError("columns are a list")  # noqa: TRY004 - of all that may be wrong, one kind of error
        return cls(
            value=str(facts["value"]),
            kind=_KINDS[str(facts["kind"])],
            reach=str(facts["reach"]),
            column=str(facts["column"]),
            columns=tuple(map(str, columns)),
            seen=struct.unpack(f">{len(packed) // _BYTES}q", packed),
        )
