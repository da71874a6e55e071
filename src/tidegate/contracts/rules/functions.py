"""Rules that a project writes itself: functions of its own modules, named in the contract, that make one column."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

from tidegate.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyspark.sql import Column

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule

PACKAGE = "jobs"  # as the folder of job modules is mounted: a contract imports nothing else

_NAME = re.compile(rf"(?P<module>{PACKAGE}(?:\.[A-Za-z_]\w*)*):(?P<function>[A-Za-z_]\w*)", re.ASCII)


def function_problems(rule: Rule, types: Mapping[str, SparkType]) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with the name of the `function`; nothing is imported yet."""
    if _NAME.fullmatch(str(rule.argument("function"))) is None:
        yield f"function is one of the project's own, {PACKAGE}.<module>:<name>, not {rule.argument('function')!r}"


def load_function(rule: Rule) -> Callable[..., Column]:
    """Return the function that a rule names.

    Raises:
        GateError: There is no such function, or its module cannot be imported.
    """
    found = _NAME.fullmatch(str(rule.argument("function")))
    if found is None:
        raise GateError("; ".join(function_problems(rule, {})))
    try:
        function = getattr(importlib.import_module(found["module"]), found["function"], None)
    except Exception as error:
        raise GateError(f"{found['module']} cannot be imported: {type(error).__name__}") from error
    if not callable(function):
        raise GateError(f"{found['module']} has no function {found['function']}")
    return function  # type: ignore[no-any-return]
