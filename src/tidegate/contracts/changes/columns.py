"""What changed of a contract's columns and of its key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tidegate.contracts.changes.change import EVERYBODY, READERS, WRITERS, Change
from tidegate.model.evolution import is_wider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.model.contracts import Column, Contract

_REWRITES = "a Delta or Parquet table is rewritten once, an Iceberg table is not; storage.evolution must be permissive"
_KEPT = "rows that are there stay as they are until the table is made anew: backfill --full-refresh"
_NEEDS_NULLS = "rows without a value may go to quarantine"


def column_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Yield what changed of the columns, but for the rules about them."""
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    spelled = {name.lower(): name for name in after}
    for name, column in before.items():
        if name in after:
            yield from _changes(column, after[name])
        else:
            yield _removed(column, spelled.get(name.lower()))
    yield from (_added(column) for name, column in after.items() if name not in before)
    common = [name for name in after if name in before]
    if common != [name for name in before if name in after]:
        text = f"columns in another order: {', '.join(common)}"
        yield Change("columns_reordered", "compatible", READERS, "columns", text)


def key_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Yield what changed of the primary key, but for the severity of its rule."""
    before, after = old.primary_key, new.primary_key
    if before == after:
        return
    text = f"the key is {_listed(after)}, it was {_listed(before)}"
    columns = tuple(sorted({*before, *after}))
    lines = _line(new, after), _line(old, before)
    if set(before) == set(after):
        yield Change("key_reordered", "compatible", (), "primary key", text, columns, *lines)
    else:
        yield Change("key_changed", "breaking", EVERYBODY, "primary key", text, columns, *lines)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _line(contract: Contract, key: tuple[str, ...]) -> int | None:
    return next((column.line for column in contract.columns if column.name in key[:1]), None)


def _removed(column: Column, spelled: str | None) -> Change:
    other = f"; {spelled} is another column, as capitals count" if spelled else ""
    text = f"{column.name} ({column.type}) is gone{other}"
    return Change(
        "column_removed",
        "breaking",
        EVERYBODY,
        f"column {column.name}",
        text,
        (column.name,),
        old_line=column.line,
    )


def _added(column: Column) -> Change:
    text = f"{column.name} ({column.type}{', required' if column.required else ''}) is new"
    warning = _NEEDS_NULLS if column.required else ""
    name = (column.name,)
    return Change(
        "column_added", "additive", WRITERS, f"column {column.name}", text, name, column.line, warning=warning
    )


def _changes(old: Column, new: Column) -> Iterator[Change]:
    make = partial(Change, element=f"column {new.name}", columns=(new.name,), line=new.line, old_line=old.line)
    told = f"{new.name} is {new.type}, it was {old.type}"
    if is_wider(old.type, new.type):
        yield make(kind="type_widened", level="additive", concerns=EVERYBODY, text=told, warning=_REWRITES)
    elif old.type != new.type:
        yield make(kind="type_changed", level="breaking", concerns=EVERYBODY, text=told)
    if old.classification != new.classification:
        told = f"{new.name} is classified {new.classification or 'as nothing'}, it was {old.classification or 'not'}"
        yield make(kind="classification_changed", level="additive", concerns=READERS, text=told)
    if old.protection != new.protection:
        told = f"{new.name} is published by {new.protection or 'the settings'}, it was by {old.protection or 'them'}"
        yield make(kind="protection_changed", level="breaking", concerns=READERS, text=told, warning=_KEPT)
    parts = {
        "description": old.description != new.description,
        "tags": sorted(old.tags) != sorted(new.tags),
        "business name": old.business_name != new.business_name,
    }
    if changed := [part for part, is_other in parts.items() if is_other]:
        told = f"{new.name}: {', '.join(changed)}"
        yield make(kind="documentation_changed", level="compatible", concerns=READERS, text=told)
