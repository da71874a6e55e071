"""Versions of a table by name: compare two, or take the table back to one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.errors import TableError, TidegateError
from tidegate.factory.asked_tables import named_table
from tidegate.factory.erasing import erase_again
from tidegate.factory.render import table as text_table
from tidegate.model.modes import Scd2, Upsert
from tidegate.model.names import TableName
from tidegate.pipeline.restoring import plan_restore
from tidegate.tables.differences import Comparison
from tidegate.tables.evidence import VALID_FROM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.pipeline.restoring import Restoration
    from tidegate.tables.differences import Difference


def comparison(lakehouse: Lakehouse, name: str, versions: tuple[int, int], keys: Sequence[str]) -> Comparison:
    """Return two versions of a table, ready to be compared.

    Args:
        lakehouse: The project.
        name: The table.
        versions: The two versions.
        keys: Columns that identify a row; empty takes those of the job that writes the table, or of its contract.

    Raises:
        SelectionError: Nothing in the project has that name.
        TableError: The table, or a version of it, does not exist.
    """
    table = named_table(lakehouse, name)
    store = lakehouse.tables.store(table)
    old, new = (store.read(table, version) for version in versions)
    return Comparison(old, new, tuple(keys) or keys_of(lakehouse, table))


def planned_restore(lakehouse: Lakehouse, name: str, target: int) -> Restoration:
    """Return what taking a table back to a version would do; nothing is written.

    Args:
        lakehouse: The project.
        name: The table.
        target: The version.

    Raises:
        SelectionError: Nothing in the project has that name.
        TableError: The table does not exist yet, or has no such version.
    """
    return plan_restore(named_table(lakehouse, name), target, lakehouse.tables, lakehouse.registry.classes)


def restore(lakehouse: Lakehouse, plan: Restoration) -> Restoration:
    """Take a table back, in a new commit, and return what was done. Who was erased since is erased again.

    Args:
        lakehouse: The project.
        plan: What was planned.

    Raises:
        TableError: The table has changed since it was planned; it is as it was.
    """
    table = TableName.parse(plan.table)
    store = lakehouse.tables.store(table)
    now = store.version(table)
    if now != plan.version:
        raise TableError(
            f"{table} is at version {now}, and was at {plan.version} when the restore was planned",
            where=store.location(table),
            hint="look again at what would go; stop the runs that write to it",
        )
    restored = replace(plan, version_after=store.restore(table, plan.target))
    if restored.version_after is not None:
        erase_again(lakehouse, table)
    return restored


def render_difference(title: str, found: Difference, examples: Sequence[tuple[str, str, str]]) -> str:
    """Return a difference as text, with the examples that were asked for."""
    lines = [title, ""]
    rows = [["added", f"{found.added:,}"], ["removed", f"{found.removed:,}"]]
    rows += [] if found.changed is None else [["changed", f"{found.changed:,}"]]
    lines += text_table(["rows", "count"], [*rows, ["unchanged", f"{found.unchanged:,}"]])
    if found.changed is None:
        lines += ["", "  rows have no key, so a change counts as one removed and one added; see --keys"]
    if found.columns:
        counts = [[name, f"{count:,}"] for name, count in found.columns.items()]
        lines += ["", "values that changed:", *text_table(["column", "rows"], counts)]
    for change, before, after in examples:
        lines += ["", f"  {change}", *([f"    - {before}"] if before else []), *([f"    + {after}"] if after else [])]
    return "\n".join(lines)


def render_restoration(plan: Restoration) -> str:
    """Return what a restore would do, or has done, as text."""
    now, then = (f"{rows:,} rows" for rows in (plan.rows_before, plan.rows_after))
    title = f"{plan.table}: version {plan.version} ({now}) goes back to what it was at version {plan.target} ({then})"
    lines = [title, "", "commits that no longer count; what they had read is new for the next run:"]
    commits = [[str(one.version), one.made_at, one.by, one.run_id or "-"] for one in plan.withdrawn]
    lines += text_table(["version", "made", "by", "run"], commits, left=4) if commits else ["  none"]
    if plan.dependants:
        lines += ["", "jobs that have read what goes, and would keep it:"]
        rows = [[one.job, str(one.read_to), one.remedy] for one in plan.dependants]
        lines += text_table(["job", "has read version", "afterwards"], rows, left=3)
    if plan.version_after is not None:
        lines += ["", f"restored, as version {plan.version_after}"]
    return "\n".join(lines)


def keys_of(lakehouse: Lakehouse, table: TableName) -> tuple[str, ...]:
    """Return the columns that identify a row: of the job that writes the table, or of its contract; else none."""
    registered = lakehouse.registry.jobs.get(str(table))
    mode = getattr(getattr(registered.job, "output", None), "mode", None) if registered else None
    if isinstance(mode, Upsert):
        return mode.keys
    if isinstance(mode, Scd2):
        return (*mode.keys, VALID_FROM)
    try:
        contract = lakehouse.contracts.find(table)
    except TidegateError:  # a contract that cannot be read says nothing about keys
        return ()
    return contract.primary_key if contract else ()
