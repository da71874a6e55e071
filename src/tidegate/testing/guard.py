"""A guard under which no Spark action can run, so that a test proves a transform pure."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NoReturn
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTIONS = (
    "cache",
    "checkpoint",
    "collect",
    "count",
    "first",
    "foreach",
    "foreachPartition",
    "head",
    "isEmpty",
    "localCheckpoint",
    "persist",
    "show",
    "tail",
    "take",
    "toLocalIterator",
    "toPandas",
)
ACCESSORS = ("rdd", "write", "writeStream")


class ActionForbiddenError(AssertionError):
    """A pure function ran a Spark action."""


@contextmanager
def forbid_actions() -> Iterator[None]:
    """Raise `ActionForbiddenError` for every action, write or conversion of a frame while the block runs.

    Raises:
        ActionForbiddenError: Code in the block called an action such as `count` or `collect`.
    """
    from pyspark.sql import DataFrame  # noqa: PLC0415 - pyspark is an extra

    with ExitStack() as stack:
        for name in ACTIONS:
            if hasattr(DataFrame, name):
                stack.enter_context(patch.object(DataFrame, name, _forbidden(name)))
        for name in ACCESSORS:
            stack.enter_context(patch.object(DataFrame, name, property(_forbidden(name))))
        yield


def _forbidden(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - stands for methods of every signature
    def refuse(*_: object, **__: object) -> NoReturn:
        raise ActionForbiddenError(f"a transform must not call {name}(); it only describes columns")

    return refuse
