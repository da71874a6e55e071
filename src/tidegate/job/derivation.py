"""The lineage of the columns that a transform makes, derived while the run goes on with its own work."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from tidegate.lineage.columns.spark_plan import input_alias, spark_column_lineage, unchanged
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


class KnownLineage:
    """Lineage of columns that is known without looking into a plan."""

    def __init__(self, lineage: ColumnLineage) -> None:
        """Keep the lineage."""
        self._lineage = lineage

    def lineage(self) -> ColumnLineage:
        """Return it."""
        return self._lineage


def recognisable(frames: Mapping[str, DataFrame]) -> dict[str, DataFrame]:
    """Return the inputs so that a plan tells which is which; their rows and columns are the same."""
    return {name: frame.alias(input_alias(name)) for name, frame in frames.items()}


def derive(
    rows: DataFrame, inputs: Mapping[str, DataFrame], context: RunContext
) -> PendingLineage | KnownLineage | None:
    """Return the lineage of the columns of some rows, which is being derived; None where nobody wants to know.

    Rows that are those of an input need no plan, whose longest part by far is how the input came to be.

    Args:
        rows: What a transform has made of the inputs.
        inputs: The recognisable inputs.
        context: The run's context.
    """
    if context.look_into is None:
        return None
    source = next((name for name, frame in inputs.items() if frame is rows), None)
    if source is not None:
        return KnownLineage(unchanged(source, rows.columns))
    try:
        write_plan = context.look_into(rows)
    except Exception as error:  # noqa: BLE001 - lineage never breaks a run
        return KnownLineage(unknown(f"the plan could not be read ({type(error).__name__})"))
    return PendingLineage(write_plan) if write_plan else KnownLineage(unknown("Spark Connect does not show the plan"))


def unknown(reason: str) -> ColumnLineage:
    """Return a lineage of which nothing is known, for a reason."""
    return ColumnLineage(rows=Derivation(unknown=(reason,)))
