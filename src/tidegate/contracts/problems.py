"""Everything that is wrong with a contract, gathered so that it is told in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import ContractError
from tidegate.storage.yaml_documents import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidegate.storage.yaml_documents import Path, YamlDocument

_HINT = "docs/reference/rules.md lists the kinds of rules and their arguments"


class Problems:
    """Gathers what is wrong with one document."""

    def __init__(self, document: YamlDocument) -> None:
        """Start with what is wrong with it as YAML."""
        self._document = document
        self._found = list(document.problems)

    @property
    def location(self) -> str:
        """Where the document comes from."""
        return self._document.location

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note further things that are wrong."""
        self._found.extend(problems)

    def add(self, path: Path, text: str) -> None:
        """Note what is wrong with the entry at a path."""
        self._found.append(Problem(self.line(path), text))

    def line(self, path: Path) -> int:
        """Return the line of the entry at a path."""
        return self._document.line(path)

    def refuse(self) -> None:
        """End here if something is wrong.

        Raises:
            ContractError: Something is; the message lists all of it with file and line.
        """
        if self._found:
            raise refusal(self.location, self._found)


def refusal(location: str, problems: Iterable[Problem]) -> ContractError:
    """Return the error that lists problems of a contract with file and line."""
    listed = sorted(set(problems))
    count = "a problem" if len(listed) == 1 else f"{len(listed)} problems"
    lines = [f"  {location}:{problem.line}: {problem.text}" for problem in listed]
    return ContractError("\n".join([f"the contract has {count}:", *lines]), where=location, hint=_HINT)
