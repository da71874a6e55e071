"""Relations of an SQL query, and what their columns are derived from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tidegate.lineage.columns.flow import NOTHING, Flow, identity, together

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Rows:
    """A relation.

    Attributes:
        columns: Per column in order, by its name in small letters, what it is derived from.
        sources: Tables whose columns are not known: any other column is one of theirs.
        deciding: What decides which rows there are.
    """

    columns: Mapping[str, Flow] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    deciding: Flow = NOTHING

    def find(self, name: str) -> Flow | None:
        """Return what a column is derived from; None where the relation has no such column."""
        known = self.columns.get(name.lower())
        if known is not None or not self.sources:
            return known
        found = together(identity(source, name) for source in self.sources)
        return found if len(self.sources) == 1 else found.unless_known(f"which of the tables read has {name}")

    def decided_by(self, *flows: Flow) -> Rows:
        """Return the same rows, decided by more."""
        return replace(self, deciding=together((self.deciding, *flows)))

    @property
    def all(self) -> Flow:
        """What all its columns are derived from."""
        flow = together(self.columns.values())
        return flow.unless_known("which columns the tables read have") if self.sources else flow


@dataclass
class Scope:
    """The relations that an expression may name.

    Attributes:
        relations: Per alias in small letters, in the order of FROM.
        made: Columns that the SELECT list makes, which later parts of the query may name.
        outer: The scope of the query around it.
        is_listed: Whether the SELECT list is read. Until then a column of a table is meant, if it may be one.
    """

    relations: dict[str, Rows] = field(default_factory=dict)
    made: dict[str, Flow] = field(default_factory=dict)
    outer: Scope | None = None
    is_listed: bool = False

    def has(self, relation: str) -> bool:
        """Return whether a name is the alias of a relation."""
        return relation.lower() in self.relations or (self.outer is not None and self.outer.has(relation))

    def find(self, name: str, qualifier: str = "") -> Flow:
        """Return what a column is derived from, whichever relation it is of."""
        found = self._qualified(qualifier, name) if qualifier else self._bare(name)
        if found is not None:
            return found
        if self.outer is not None:
            return self.outer.find(name, qualifier)
        return Flow(unknown=frozenset((f"where the column {name} comes from",)))

    def _qualified(self, qualifier: str, name: str) -> Flow | None:
        relation = self.relations.get(qualifier.lower())
        if relation is not None:
            return relation.find(name)
        struct = self._bare(qualifier)  # a field of a struct looks like a column of a table
        return struct.through("TRANSFORMATION") if struct is not None else None

    def _bare(self, name: str) -> Flow | None:
        for relation in self.relations.values():
            if name.lower() in relation.columns:
                return relation.columns[name.lower()]
        made = self.made.get(name.lower())
        sources = tuple(source for relation in self.relations.values() for source in relation.sources)
        if made is not None and (self.is_listed or not sources):
            return made
        return Rows(sources=sources).find(name)
