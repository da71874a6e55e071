"""Two rows of one key and one sequence that differ, where the mode refuses to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.errors import GateError
from tidegate.model.modes import Upsert
from tidegate.tables.columns import column, rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.job.work import Work

_TIED = "_is_tied"


def with_ties(marked: DataFrame, work: Work) -> DataFrame:
    """Return marked rows with whether a good one of the same key and sequence says something else, where it matters."""
    mode = work.job.output.mode
    if not isinstance(mode, Upsert) or mode.tie_break != "refuse":
        return marked
    same = Window.partitionBy(*map(column, mode.keys), column(mode.sequence_by))
    said = F.when(work.gate.is_good(), rank(work.contract.column_names, marked.schema))
    is_tied = F.coalesce(F.min(said).over(same) != F.max(said).over(same), F.lit(False))  # noqa: FBT003 - a literal
    return marked.withColumn(_TIED, is_tied)


def tie_tallies(work: Work) -> Mapping[str, Column]:
    """Return the aggregate that counts rows that stand for their key although another is as new, by name."""
    mode = work.job.output.mode
    if not isinstance(mode, Upsert) or mode.tie_break != "refuse":
        return {}
    return {_TIED: F.count_if(work.gate.is_publishable() & F.col(_TIED))}


def refuse_ties(work: Work, groups: Sequence[Mapping[str, object]]) -> None:
    """Refuse a batch with ties, before anything is published.

    Raises:
        GateError: It has some.
    """
    ties = sum(int(str(group.get(_TIED) or 0)) for group in groups)
    if ties:
        raise GateError(
            f"{ties} keys have rows with the same sequence that differ",
            where=f"{work.job.output.table}, {work.job.output.mode}",
            hint='mend the source, or name the columns that break a tie: tie_break=("offset",)',
        )
