"""For spark-submit: builds gold of the reference lakehouse.

`spark-submit jobs/transform/silver_to_gold.py --env prod --config config/`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate import main as run_module
from tidegate import run_with_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Run `gold` with these arguments and return the exit code."""
    return run_with_arguments("gold", argv)


JOB = (main, "Builds gold; a thin wrapper for spark-submit.")

if __name__ == "__main__":
    run_module(JOB)
