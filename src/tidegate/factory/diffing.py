"""Two versions of a contract, as somebody names them on the command line."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.book import load_contracts
from tidegate.contracts.changes.documents import Comparison, Document, compare_documents
from tidegate.contracts.documents import table_of_path
from tidegate.errors import ContractError, MissingFileError
from tidegate.factory.consumers import consumers_of
from tidegate.model.names import TableName
from tidegate.storage import read_bytes

if TYPE_CHECKING:
    from tidegate.config import Settings
    from tidegate.factory.consumers import Consumer

# Not an address such as s3://…, and not an option of git.
_REVISION = re.compile(r"(?!-)[^:\s]+:(?!//).+")


@dataclass(frozen=True)
class DiffedContract:
    """What changed of a contract, and whom it concerns.

    Attributes:
        comparison: What changed.
        consumers: Whom it concerns; empty where nobody was looked for.
    """

    comparison: Comparison
    consumers: tuple[Consumer, ...] = ()


def diff_contracts(settings: Settings | None, old: str, new: str, table: str | None = None) -> DiffedContract:
    """Return what changed between two versions of a contract, and whom in the project it concerns.

    Args:
        settings: The settings of the project whose jobs, contracts and models are looked at; None looks at none.
        old: A file, an address, or `REVISION:path` of git.
        new: The same.
        table: Name such as `silver.orders`; None takes it from the place of either document, the new one's first.

    Raises:
        ContractError: A document is missing, cannot be read, or is about another table.
        TidegateError: The project's jobs, contracts or models cannot be read.
    """
    documents = _document(old), _document(new)
    book = load_contracts(settings.contracts.location) if settings else None
    places = [table_of_path(document.location) for document in reversed(documents)]
    known = [place for place in places if book and place in book.tables]
    name = TableName.parse(table) if table else [*known, *places][0]
    comparison = compare_documents(*documents, name)
    if settings is None or book is None:
        return DiffedContract(comparison)
    return DiffedContract(comparison, consumers_of(settings, book, name, comparison.changes))


def _document(name: str) -> Document:
    try:
        return Document(name, read_bytes(name))
    except MissingFileError as error:
        if _REVISION.fullmatch(name):
            return Document(name, _from_git(name))
        hint = (
            "give a file, such as contracts/silver/orders.odcs.yaml, or REVISION:path of git, such as main:contracts/…"
        )
        raise ContractError("there is no contract", where=name, hint=hint) from error


def _from_git(name: str) -> bytes:
    try:
        done = subprocess.run(["git", "show", name], capture_output=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603, S607 - git of the path, without a shell
    except OSError as error:
        raise ContractError(
            "there is no contract, and git, which may have it, is not there", where=name, hint="give a file"
        ) from error
    if done.returncode:
        said = (done.stderr.decode(errors="replace").strip().splitlines() or ["git says nothing"])[0]
        hint = "the path is seen from the top of the repository; begin it with ./ to see it from here"
        raise ContractError(f"there is no contract, neither as a file nor in git: {said}", where=name, hint=hint)
    return done.stdout
