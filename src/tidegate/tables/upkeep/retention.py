"""How long files of old versions have to stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import TableError

if TYPE_CHECKING:
    from tidegate.model.names import TableName

LEAST_RETENTION_DAYS = 7  # a running reader or writer may still need files that are younger; Delta's own limit


def check_retention(table: TableName, days: int) -> None:
    """Refuse a retention that a running job may outlive.

    Raises:
        TableError: The retention is too short.
    """
    if days < LEAST_RETENTION_DAYS:
        raise TableError(
            f"a retention of {days} days is too short",
            where=str(table),
            hint=f"at least {LEAST_RETENTION_DAYS} days, so that no running job loses its files",
        )
