"""A guard under which no Spark action can run: in tests of pure functions, and while a project's own rules are made."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

_LOCK = threading.RLock()


class ActionForbiddenError(AssertionError):
    """A pure function ran a Spark action."""


@contextmanager
def forbid_actions() -> Iterator[None]:
    """Raise `ActionForbiddenError` for every action, write or conversion of a frame while the block runs.

    Other threads go on as ever, but for blocks of their own, which wait.

    Raises:
        ActionForbiddenError: Code in the block called an action such as `count` or `collect`.
    """
    from pyspark.sql import DataFrame  # noqa: PLC0415 - pyspark is an extra

    kinds = {DataFrame, *DataFrame.__subclasses__(), *of_connect("dataframe", "DataFrame")}  # of Spark 4 a subclass
    members = [(kind, name) for kind in kinds for name in (*ACTIONS, *ACCESSORS) if name in vars(kind)]
    with _LOCK, ExitStack() as stack:
        for kind, name in members:
            stack.enter_context(patch.object(kind, name, _refusing(name, vars(kind)[name])))
        yield


def of_connect(module: str, name: str) -> tuple[type, ...]:
    """Return PySpark's class of that name for Spark Connect, where this process has one in use."""
    loaded = sys.modules.get(f"pyspark.sql.connect.{module}")
    return () if loaded is None else (getattr(loaded, name),)


def _refusing(name: str, original: Callable[..., object] | property) -> Callable[..., object] | property:
    if isinstance(original, property):
        return property(_in_thread(name, original.__get__))
    return _in_thread(name, original)


def _in_thread(name: str, original: Callable[..., object]) -> Callable[..., object]:
    guarded = threading.get_ident()

    def refuse(*arguments: object, **named: object) -> object:
        if threading.get_ident() == guarded:
            raise ActionForbiddenError(f"a transform must not call {name}(); it only describes columns")
        return original(*arguments, **named)

    return refuse
