"""What the columns of gold are made from, by the queries that dbt made of the models."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tidegate.model.column_lineage import ColumnLineage, Derivation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.job.dbt.result import DbtModel

_log = logging.getLogger("tidegate.job")


def lineage_of(models: Sequence[DbtModel]) -> dict[str, ColumnLineage]:
    """Return per table what its columns are made from; a model whose query was not made is left out.

    What cannot be derived is said in place of it, and changes nothing else.
    """
    made = [model for model in models if model.sql]
    if made and find_spec("sqlglot") is None:
        return dict.fromkeys((str(model.table) for model in made), _unknown("sqlglot is not installed"))
    tables = {str(model.table): [column.name for column in model.columns] for model in models if model.columns}
    return {str(model.table): _lineage(model, tables) for model in made}


def _lineage(model: DbtModel, tables: Mapping[str, Sequence[str]]) -> ColumnLineage:
    from tidegate.lineage.columns.sql_query import sql_column_lineage  # noqa: PLC0415 - part of an extra

    try:
        return sql_column_lineage(model.sql, tables, columns=[column.name for column in model.columns])
    except Exception as error:  # noqa: BLE001 - lineage never breaks a run
        _log.debug("the query of %s could not be read for its lineage", model.name, exc_info=error)
        return _unknown(f"the query could not be read ({type(error).__name__})")


def _unknown(reason: str) -> ColumnLineage:
    return ColumnLineage(rows=Derivation(unknown=(reason,)))
