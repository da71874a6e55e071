"""For spark-submit: builds bronze and silver of the reference lakehouse.

`spark-submit jobs/transform/bronze_to_silver.py --env prod --config config/`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate import main as run_module
from tidegate import run_with_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Run `bronze_to_silver` with these arguments and return the exit code."""
    return run_with_arguments("bronze_to_silver", argv)


JOB = (main, "Builds bronze and silver; a thin wrapper for spark-submit.")

if __name__ == "__main__":
    run_module(JOB)
