"""The command line."""

from __future__ import annotations


def main() -> None:
    """Run the command `tidegate`."""
    from tidegate.cli.commands import run  # noqa: PLC0415 - so that importing the room costs nothing

    run()
