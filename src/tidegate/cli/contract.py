"""`tidegate contract`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidegate.cli.groups import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": ("contract_check", "Hold a table's columns, and those its job reads, against their contracts."),
    "diff": ("contract_diff", "Say what changed between two versions of a contract, and for whom it breaks something."),
    "generate": ("contract_generate", "Write DDL, dbt's files and all else that follows from the contracts."),
    "show": ("contract_show", "Show what a contract enforces, and what it only keeps."),
}


class _Commands(LazyGroup):
    """The commands about contracts."""

    modules = _COMMANDS


@click.group("contract", cls=_Commands)
def command() -> None:
    """Show or compare contracts, and write what follows from the contracts of the project."""
