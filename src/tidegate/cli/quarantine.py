"""`tidegate quarantine`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidegate.cli.groups import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "expire": ("quarantine_expire", "Remove rows that are older than they are to be kept."),
    "fix": ("quarantine_fix", "Give rows that were set aside other values."),
    "ls": ("quarantine_ls", "Count what was set aside, per table, rule, day and state."),
    "replay": ("quarantine_replay", "Take rows that were set aside through the gate again."),
    "show": ("quarantine_show", "Show rows that were set aside, with their reasons."),
}


class _Commands(LazyGroup):
    """The commands about quarantines."""

    modules = _COMMANDS


@click.group("quarantine", cls=_Commands)
def command() -> None:
    """Look at, mend, replay and expire rows that a gate set aside.

    TABLE is the table that they were meant for, such as silver.orders.
    """
