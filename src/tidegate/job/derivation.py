"""The lineage of the columns that a transform makes, derived while the run goes on with its own work."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from tidegate.lineage.columns.spark_plan import input_alias, spark_column_lineage
from tidegate.model.column_lineage import ColumnLineage, Derivation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext

_log = logging.getLogger("tidegate.job")

# Far more than it takes; a run does not wait for a plan that Spark cannot write.
MOST_SECONDS = 5.0


class PendingLineage:
    """Lineage of columns that a thread derives."""

    def __init__(self, write_plan: Callable[[], str]) -> None:
        """Start the thread.

        Args:
            write_plan: Returns the analysed plan as JSON.
        """
        self._found: ColumnLineage | None = None
        self._reason = "the plan was not read in time"
        self._thread = threading.Thread(target=self._derive, args=(write_plan,), name="tidegate-columns", daemon=True)
        self._thread.start()

    def lineage(self) -> ColumnLineage:
        """Return the lineage; where it could not be derived, one that says why."""
        self._thread.join(MOST_SECONDS)
        return self._found or unknown(self._reason)

    def _derive(self, write_plan: Callable[[], str]) -> None:
        try:
            self._found = spark_column_lineage(write_plan())
        except Exception as error:  # noqa: BLE001 - lineage never breaks a run
            self._reason = f"the plan could not be read ({type(error).__name__})"
            _log.debug("the lineage of columns could not be derived", exc_info=error)


class NoLineage:
    """Lineage of columns that cannot be had."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        self._reason = reason

    def lineage(self) -> ColumnLineage:
        """Return a lineage that says why there is none."""
        return unknown(self._reason)


def recognisable(frames: Mapping[str, DataFrame]) -> dict[str, DataFrame]:
    """Return the inputs so that a plan tells which is which; their rows and columns are the same."""
    return {name: frame.alias(input_alias(name)) for name, frame in frames.items()}


def derive(rows: DataFrame, context: RunContext) -> PendingLineage | NoLineage | None:
    """Return the lineage of the columns of some rows, which is being derived; None where nobody wants to know.

    Args:
        rows: What a transform has made of recognisable inputs.
        context: The run's context.
    """
    if context.look_into is None:
        return None
    try:
        write_plan = context.look_into(rows)
    except Exception as error:  # noqa: BLE001 - lineage never breaks a run
        return NoLineage(f"the plan could not be read ({type(error).__name__})")
    return PendingLineage(write_plan) if write_plan else NoLineage("Spark Connect does not show the plan")


def unknown(reason: str) -> ColumnLineage:
    """Return a lineage of which nothing is known, for a reason."""
    return ColumnLineage(rows=Derivation(unknown=(reason,)))
