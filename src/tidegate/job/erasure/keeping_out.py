"""Rows of persons who have been erased stay out of every table, wherever they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import ConcurrentWriteError
from tidegate.job.erasure.finding import columns_of
from tidegate.job.erasure.matching import Matching, check_key
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tidegate.job.work import Work


def without_erased(rows: DataFrame, work: Work) -> tuple[DataFrame, int]:
    """Return the rows of a batch without those of persons who have been erased, and how many those are.

    Nothing happens where nobody was erased, or where the table has no column that names such persons. Else the rows
    that are kept out are counted first, which is one more pass over what makes the batch.

    Args:
        rows: The batch, before any rule looks at it.
        work: The run.

    Raises:
        ConfigError: There is no key, or it is not the one that persons were erased under.
    """
    wanted: dict[str, set[str]] = {}
    for subject in work.erased:
        for name in columns_of(work.contract, subject.column, work.context.contracts):
            if name in rows.columns:  # one that is missing is for the gate to refuse
                wanted.setdefault(name, set()).add(subject.hash)
    if not wanted:
        return rows, 0
    key = work.context.privacy_key()
    check_key(work.erased, key)
    matching = Matching(wanted, key)
    hashed = matching.with_hashes(rows)
    count = hashed.filter(matching.meets()).count()
    return (hashed.filter(~matching.meets()).select(*map(column, rows.columns)), count) if count else (rows, 0)


def check_nobody_was_erased(work: Work) -> None:
    """Assert that nobody was erased since the run began: the batch may hold them.

    Raises:
        ConcurrentWriteError: Somebody was; nothing was published.
    """
    if work.context.erased() - work.erased:
        raise ConcurrentWriteError(
            "a person was erased while the run was under way",
            where=str(work.job.output.table),
            hint="nothing was published; run again, and the person is kept out",
        )
