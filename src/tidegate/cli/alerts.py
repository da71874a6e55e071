"""`tidegate alerts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidegate.cli.groups import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "schema": ("alerts_schema", "Print the JSON Schema of the message that alerts travel as."),
    "test": ("alerts_test", "Send one test alert to every place, and say what became of it."),
}


class _Commands(LazyGroup):
    """The commands about alerts."""

    modules = _COMMANDS


@click.group("alerts", cls=_Commands)
def command() -> None:
    """Try where alerts go, or show the schema of their message."""
