"""Erase a person from the tables of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.factory.render import table as text_table
from tidegate.job.erasure.erasing import Erasing
from tidegate.job.erasure.register import ErasureRegister

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.erasures import Erasure, Subject
    from tidegate.model.names import TableName

_STATUS = {
    "planned": "nothing was changed",
    "begun": "begun and not finished: run the command again",
    "erased": "erased; old versions hold the person until their files go",
    "complete": "complete: no version holds the person",
}


def planned_erasure(lakehouse: Lakehouse, subject: Subject) -> Erasure:
    """Return in which tables a person is, and how often; nothing is written.

    Raises:
        SelectionError: No table has such a column.
        ConfigError: There is no privacy key.
    """
    return _erasing(lakehouse).planned(subject.hashed(lakehouse.context.privacy_key()))


def erase(lakehouse: Lakehouse, subject: Subject, *, at_once: bool) -> Erasure:
    """Erase a person from all tables, and return the proof.

    Args:
        lakehouse: The project.
        subject: The person.
        at_once: Whether the files of old versions go at once; no run and no reader may be under way then.

    Raises:
        SelectionError: No table has such a column; or files are to go at once that a job has not read yet.
        ConfigError: There is no privacy key, or persons were erased under another.
        ConcurrentWriteError: A run that was under way has brought the person in again.
    """
    return _erasing(lakehouse).erase(subject.hashed(lakehouse.context.privacy_key()), at_once=at_once)


def finish_erasures(lakehouse: Lakehouse, *, at_once: bool) -> tuple[Erasure, ...]:
    """Take up all erasures that are not complete, and return their proofs."""
    return _erasing(lakehouse).finish(at_once=at_once)


def erase_again(lakehouse: Lakehouse, table: TableName) -> None:
    """Erase from a table that was restored whoever was erased before."""
    _erasing(lakehouse).again(table)


def render_erasures(proofs: Sequence[Erasure]) -> str:
    """Return proofs as text."""
    return "\n\n".join(map(_rendered, proofs)) or "no erasure is open"


def _rendered(proof: Erasure) -> str:
    lines = [f"{proof.subject.column} {proof.subject.hash[:12]}…: {_STATUS[proof.status]}", ""]
    rows = [
        [one.table, ", ".join(one.columns), f"{one.found:,}", f"{one.left:,}", f"{one.old_files:,}"]
        for one in proof.tables
    ]
    lines += text_table(["table", "by", "found", "left", "old files"], rows, left=2) if rows else ["  in no table"]
    if proof.status == "erased":
        lines += ["", f"files of old versions have to be gone by {proof.deadline}: tidegate erase --finish"]
    return "\n".join([*lines, "", "not looked at:", *(f"  {reason}" for reason in proof.untouched)])


def _erasing(lakehouse: Lakehouse) -> Erasing:
    settings = lakehouse.settings
    register = ErasureRegister(settings.storage.root)
    return Erasing(lakehouse.context, register, settings.privacy.deadline_days, lambda: lakehouse.registry.classes)
