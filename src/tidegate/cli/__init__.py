"""The command line."""

from __future__ import annotations


def main() -> None:
    """Run the command `tidegate`, and end the process as its platform expects."""
    from tidegate.cli.commands import run  # noqa: PLC0415 - so that importing the room costs nothing
    from tidegate.factory.ending import run_process  # noqa: PLC0415 - the same

    run_process(run)
