"""Files that are generated from contracts: what they hold, whether they are current, and which are left over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.errors import MissingFileError
from tidegate.storage import delete, list_files, read_bytes, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

State: TypeAlias = Literal["current", "missing", "stale", "left over"]

COMMAND = "tidegate contract generate"
NOTE = f"Generated from the contracts by `{COMMAND}`; change those instead."

_MARK = NOTE.encode()
_BEGINNING = 1_000


@dataclass(frozen=True)
class Artefact:
    """A file that follows from contracts.

    Attributes:
        uri: Where it belongs.
        text: What it holds; somewhere near its beginning the `NOTE`.
    """

    uri: str
    text: str

    def state(self) -> State:
        """Return whether the file that is there is this one.

        Raises:
            StorageError: The store does not answer.
        """
        try:
            return "current" if read_bytes(self.uri) == self.text.encode() else "stale"
        except MissingFileError:
            return "missing"


def states(artefacts: Iterable[Artefact], folders: Iterable[str] = ()) -> dict[str, State]:
    """Return per file what it is, sorted by address.

    Args:
        artefacts: The files that belong there.
        folders: Folders in which a generated file that does not belong there is left over from a contract that went.

    Raises:
        StorageError: The store does not answer.
    """
    found = {artefact.uri: artefact.state() for artefact in artefacts}
    left: dict[str, State] = dict.fromkeys(_left_over(found, folders), "left over")
    return dict(sorted((found | left).items()))


def write(artefacts: Sequence[Artefact], folders: Iterable[str] = ()) -> dict[str, State]:
    """Write files that are missing or stale, remove those that are left over, and return what they were before.

    A file is only ever removed where it says itself that it was generated.

    Raises:
        StorageError: A file cannot be written.
    """
    before = states(artefacts, folders)
    for artefact in artefacts:
        if before[artefact.uri] != "current":
            replace(artefact.uri, artefact.text.encode())
    for uri, state in before.items():
        if state == "left over":
            delete(uri)
    return before


def _left_over(known: Iterable[str], folders: Iterable[str]) -> Iterator[str]:
    wanted = set(known)
    for folder in folders:
        for file in list_files(folder):
            if file.uri not in wanted and _MARK in read_bytes(file.uri)[:_BEGINNING]:
                yield file.uri
