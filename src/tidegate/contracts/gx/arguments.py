"""The arguments of an expectation, taken one by one; what is asked for in vain gives it no meaning here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.storage.yaml_documents import YamlValue

    Types = Mapping[str, SparkType]


class Arguments:
    """Hands out arguments, and remembers which are left.

    A LookupError says that one is missing, or is of no use here.

    Attributes:
        types: Types of the contract's columns, by name.
    """

    def __init__(self, given: Mapping[str, YamlValue], types: Types) -> None:
        """Keep what was given, and the types of the contract's columns."""
        self.types = types
        self._left = {name: value for name, value in given.items() if name != "mostly"}

    def take(self, name: str) -> YamlValue:
        """Return an argument; None where it is not given."""
        return self._left.pop(name, None)

    def column(self, name: str = "column") -> tuple[str, SparkType]:
        """Return the column that is named, and its type."""
        found = self.take(name)
        name = found if isinstance(found, str) else ""
        return name, self.types[name]

    def columns(self) -> tuple[str, ...]:
        """Return the columns of `column_list`."""
        found = self.take("column_list")
        listed = [str(name) for name in found] if isinstance(found, list) else []
        if not listed or len(set(listed)) < len(listed) or not self.types.keys() >= set(listed):
            raise LookupError
        return tuple(listed)

    def number(self, name: str) -> int | float | None:
        """Return a number; None where it is not given."""
        found = self.take(name)
        if isinstance(found, int | float | None) and not isinstance(found, bool):
            return found
        raise LookupError

    def count(self, name: str, *, strict: int = 0) -> int | None:
        """Return a whole number, moved by `strict` where its `strict_…` is given; None where it is not given."""
        found = self.number(name)
        is_strict = bool(strict) and self.flag(f"strict_{name.partition('_')[0]}")
        if found is None:
            return None
        if found != int(found):
            raise LookupError
        return int(found) + (strict if is_strict else 0)

    def flag(self, name: str) -> bool:
        """Return whether something is wanted."""
        return self.take(name) is True

    def need(self, name: str, wanted: YamlValue) -> None:
        """Go on only where an argument has that value."""
        if self.take(name) != wanted:
            raise LookupError

    def text(self, name: str) -> str:
        """Return a text."""
        found = self.take(name)
        if isinstance(found, str):
            return found
        raise LookupError

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left that nobody asked for, such as a row condition."""
        return not self._left
