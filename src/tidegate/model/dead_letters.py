"""What failed for good and is kept: records, batches and messages, wherever they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from tidegate.errors import SelectionError

DeadKind: TypeAlias = Literal["records", "batch", "message"]
KINDS: tuple[DeadKind, ...] = get_args(DeadKind)


@dataclass(frozen=True)
class DeadLetter:
    """Something that failed for good.

    Attributes:
        kind: `records` of files, databases or APIs that cannot be read; a `batch` whose runs fail; a `message` that its
            receiver does not take.
        name: What it is called among its kind.
        origin: Where it comes from.
        error: What went wrong; holds no data value. None where nobody has noted it.
        attempts: How often it was tried; None where nobody has noted it.
        count: How many records; 1 for anything else.
        since: When it failed first (ISO 8601, UTC; for records the day); None where nobody knows.
        last_at: When it failed last; None where nobody knows.
        place: Table, file or folder that keeps it.
    """

    kind: DeadKind
    name: str
    origin: str
    error: str | None
    attempts: int | None
    count: int
    since: str | None
    last_at: str | None
    place: str

    @property
    def id(self) -> str:
        """What commands call it."""
        return f"{self.kind}/{self.name}"


def parse_id(text: str) -> tuple[DeadKind, str]:
    """Return the kind and the name of a dead letter's id.

    Raises:
        SelectionError: It is none.
    """
    kind, _, name = text.partition("/")
    for known in KINDS:
        if kind == known and name:
            return known, name
    raise SelectionError(
        f"{text!r} is no dead letter", where="ID", hint="`tidegate dlq ls` lists them, such as batch/silver.orders"
    )
