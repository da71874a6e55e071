"""An erasure: who is to be forgotten, and the proof of what became of that. No Spark, and no value of a person."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import quote

from tidegate.errors import SelectionError
from tidegate.model.decoding import decode

if TYPE_CHECKING:
    from tidegate.model.privacy import PrivacyKey

LONGEST_COLUMN = 150  # of its name as a part of a file's name, in which 255 bytes are allowed

ErasureStatus: TypeAlias = Literal["planned", "begun", "erased", "complete"]


@dataclass(frozen=True)
class Subject:
    """A person, as a column names persons. The value shows itself in no text.

    Attributes:
        column: The column, such as `customer_id`.
        value: What it says of the person, without the space around it.
    """

    column: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Subject:
        """Return the subject that a text such as `customer_id=123` means.

        Raises:
            SelectionError: It means none. The text is not repeated.
        """
        column, sign, value = text.partition("=")
        if not sign or not column.strip() or not value.strip():
            raise SelectionError(
                "this names nobody", where="--subject", hint="name a column and its value: --subject customer_id=123"
            )
        if len(quote(column.strip(), safe="")) > LONGEST_COLUMN:
            raise SelectionError(
                "the name of the column is too long", where="--subject", hint=f"at most {LONGEST_COLUMN} letters"
            )
        return cls(column.strip(), value.strip())

    def hashed(self, key: PrivacyKey) -> HashedSubject:
        """Return the subject without the value."""
        return HashedSubject(self.column, key.hash(self.value), key.check)

    def __repr__(self) -> str:
        """Return the column alone."""
        return f"Subject({self.column!r}, '***')"


@dataclass(frozen=True)
class HashedSubject:
    """A person, by the keyed hash of the value that a column has for them.

    Attributes:
        column: The column.
        hash: HMAC-SHA256 of the value, in hexadecimal; a column that is published hashed holds the same.
        key_check: The short name of the key.
    """

    column: str
    hash: str
    key_check: str

    @property
    def id(self) -> str:
        """A name of the erasure, which is the same however often it is asked for."""
        return f"{self.column}-{self.hash}"


@dataclass(frozen=True)
class TableErased:
    """What became of one table.

    Attributes:
        table: The table.
        format: Its format.
        columns: The columns by which the person was found.
        found: Rows that were found, when the erasure first looked at the table. Of Parquet, in all its versions.
        left: Rows that are found now.
        version_before: The newest version before; None where the format erases from all versions at once.
        version_after: The newest version after.
        old_files: Data files of older versions that lie there still; any of them may hold the person.
    """

    table: str
    format: str
    columns: tuple[str, ...]
    found: int
    left: int = 0
    version_before: int | None = None
    version_after: int | None = None
    old_files: int = 0


@dataclass(frozen=True)
class Erasure:
    """The proof of an erasure. It holds no value of the person.

    Attributes:
        subject: Column and keyed hash, and which key it was.
        status: `planned`: nothing was done. `begun`: what comes in again is kept out, and some tables are done.
            `erased`: no newest version holds the person. `complete`: nor does any other version.
        asked_at: When it was first asked for (ISO 8601, UTC).
        erased_at: When the last table was done; None before.
        deadline: The day by which the files of old versions have to be gone (ISO 8601).
        completed_at: When they were found to be gone; None before.
        tables: Per table, what became of it.
        untouched: What is not looked at, each with the reason, in words.
    """

    subject: HashedSubject
    status: ErasureStatus
    asked_at: str
    deadline: str
    tables: tuple[TableErased, ...] = ()
    untouched: tuple[str, ...] = ()
    erased_at: str | None = None
    completed_at: str | None = None

    def to_json(self) -> str:
        """Return the proof as JSON."""
        return json.dumps({"format": 1, **asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Erasure:
        """Return the proof that a JSON document holds.

        Raises:
            ReportError: The document is no proof.
        """
        return decode(cls, text)

    def of(self, table: str) -> TableErased | None:
        """Return what became of a table; None where nothing is known."""
        return next((one for one in self.tables if one.table == table), None)

    def told(self, table: TableErased) -> Erasure:
        """Return the proof with what became of a table, in its place or as the last."""
        if self.of(table.table) is None:
            return replace(self, tables=(*self.tables, table))
        return replace(self, tables=tuple(table if one.table == table.table else one for one in self.tables))
