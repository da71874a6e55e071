"""The register of erasures, a JSON document each: that it is there keeps the person out, what it says is the proof."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tidegate import storage
from tidegate.errors import MissingFileError
from tidegate.model.erasures import Erasure, HashedSubject

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = ("_tidegate", "erasures")
_NAME = re.compile(r"(?P<column>.+)-(?P<check>[0-9a-f]{16})-(?P<hash>[0-9a-f]{64})\.json")


class ErasureRegister:
    """The erasures of one lakehouse."""

    def __init__(self, root: str) -> None:
        """Keep where they are: below the root of the lakehouse."""
        self._folder = storage.join(root, *_FOLDER)

    def subjects(self) -> frozenset[HashedSubject]:
        """Return who was erased, or is being erased. One listing of names; no file is opened."""
        found = (match for name in storage.list_names(self._folder) if (match := _NAME.fullmatch(name)))
        return frozenset(HashedSubject(unquote(match["column"]), match["hash"], match["check"]) for match in found)

    def find(self, subject: HashedSubject) -> Erasure | None:
        """Return what is known of an erasure; None where it was never begun.

        Raises:
            ReportError: Its document was changed by hand.
        """
        try:
            data = storage.read_bytes(self._place(subject))
        except MissingFileError:
            return None
        return Erasure.from_json(data.decode())

    def erasures(self) -> Iterator[Erasure]:
        """Give all erasures, in the order of their names."""
        for subject in sorted(self.subjects(), key=lambda one: (one.column, one.hash)):
            found = self.find(subject)
            if found is not None:
                yield found

    def keep(self, erasure: Erasure) -> str:
        """Write down how far an erasure is, and return where."""
        place = self._place(erasure.subject)
        storage.replace(place, erasure.to_json().encode())
        return place

    def _place(self, subject: HashedSubject) -> str:
        return storage.join(self._folder, f"{quote(subject.column, safe='')}-{subject.key_check}-{subject.hash}.json")
