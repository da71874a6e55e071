"""Runs that do not begin are told to whoever is told of runs, and not only to whoever has typed the command."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidegate.errors import PipelineBusyError, TidegateError
from tidegate.model.events import RunRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.factory.lakehouse import Lakehouse


@contextmanager
def telling_refusals(lakehouse: Lakehouse, name: str) -> Iterator[None]:
    """Tell the observers where what is within raises an error of tidegate's: the run has not begun.

    Args:
        lakehouse: The project.
        name: The job or the pipeline, which exists.
    """
    context = lakehouse.context
    try:
        yield
    except TidegateError as error:
        is_busy = isinstance(error, PipelineBusyError)
        is_pipeline = name in lakehouse.registry.pipelines
        context.observers.refused(RunRefused(name, error.what, error.hint or "", is_pipeline, is_busy))
        raise
