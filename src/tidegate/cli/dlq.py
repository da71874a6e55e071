"""`tidegate dlq`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidegate.cli.groups import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "expire": ("dlq_expire", "Remove what failed for good and is old enough."),
    "ls": ("dlq_ls", "List what failed for good, with error, attempts and origin."),
    "replay": ("dlq_replay", "Try something again that failed for good."),
    "show": ("dlq_show", "Show all that is known of something that failed for good."),
}


class _Commands(LazyGroup):
    """The commands about dead letters."""

    modules = _COMMANDS


@click.group("dlq", cls=_Commands)
def command() -> None:
    """Look at, try again and expire what failed for good: records, batches and messages.

    ID is what `ls` shows, such as records/bronze.orders or batch/silver.orders.
    """
