"""Begin and end a process as its platform expects: what the arguments are, and how success and failure are told."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tidegate.errors import TidegateError
from tidegate.platforms.detection import platform_here
from tidegate.platforms.port import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tidegate.platforms.port import Platform


def run_process(entry: Callable[[Sequence[str]], int | None], *, here: Platform | None = None) -> None:
    """Call an entry with the arguments of the process, and end the process as its platform expects.

    A run that succeeded just returns: also an exit with 0 is a failure on Glue and Databricks.

    Args:
        entry: Takes the arguments and returns the exit code, or exits.
        here: The platform; the one whose signs this machine shows by default, whichever the arguments name.

    Raises:
        RunFailedError: The entry failed, where the platform wants an exception.
    """
    here = here or platform_here(Machine(os.environ))
    try:
        code = entry(here.arguments(sys.argv[1:])) or 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except TidegateError as error:
        if "--debug" in sys.argv:
            raise
        sys.stderr.write(f"error: {error}\n")
        code = error.exit_code
    code = here.finish(code)
    if code:
        sys.exit(code)
