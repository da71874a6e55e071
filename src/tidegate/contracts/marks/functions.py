"""What a project's own functions say of rows: each is called once, and what it makes is refused unless it is a rule.

A rule is true, false or null for a row, of nothing but the columns that the contract names, and the same whenever it is
asked. Spark's analysis tells all of that; no data is looked at.
"""

from __future__ import annotations

import re
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from pyspark.errors import PySparkException
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType
from pyspark.sql.udf import UserDefinedFunction

from tidegate.contracts.marks.guard import ActionForbiddenError, forbid_actions, of_connect
from tidegate.contracts.marks.sites import column
from tidegate.contracts.rules.functions import load_function
from tidegate.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.marks.checks import Check
    from tidegate.model.contracts import Rule

CUSTOM = "custom"

# Deterministic to Spark, as they are the same for all rows of a query; not so from run to run. They are looked for in
# the name that Spark gives to what is made of them: how it shows a column itself depends on its line and its client.
_ASKS_FOR_MORE = re.compile(
    r"\b(?:current_(?:timestamp|date|time|timezone|user|catalog|database|schema)|localtimestamp)\b"
    r"|\b(?:now|curdate|unix_timestamp|user|session_user|version)\(\)"
    r"|scalarsubquery|listquery|\bexists\((?!.*lambdafunction)",
    re.IGNORECASE,
)


def function_columns(checks: Sequence[Check], rows: DataFrame) -> tuple[dict[int, Column], list[str]]:
    """Return whether rows pass the rules of kind `custom`, by the rules' positions, and what is wrong with the others.

    Args:
        checks: The rules.
        rows: The batch; only its columns are looked at.
    """
    made: dict[int, Column] = {}
    problems: list[str] = []
    for check in checks:
        if check.rule.kind == CUSTOM:
            schema = rows.select(*map(column, check.rule.columns)).schema
            empty = rows.sparkSession.createDataFrame([], schema)
            try:
                made[check.index] = _made(check.rule, empty)
            except GateError as error:
                problems.append(f"rule {check.rule.id}: {error.what}")
    return made, problems


def _made(rule: Rule, empty: DataFrame) -> Column:
    function = load_function(rule)
    try:
        with forbid_actions(), _noted_functions() as are_deterministic:
            made = function(*rule.columns)
    except ActionForbiddenError as error:
        raise GateError("its function runs an action; it may only describe a column") from error
    except Exception as error:
        raise GateError(f"its function failed: {type(error).__name__}") from error
    if not isinstance(made, type(F.lit(0))):
        raise GateError(f"its function returns a {type(made).__name__}, not a Column")
    for problem in ["its function is not deterministic"] if False in are_deterministic else _problems(made, empty):
        raise GateError(problem)
    return made


@contextmanager
def _noted_functions() -> Iterator[list[bool]]:
    """Note of each Python UDF that this thread calls within the block whether it is deterministic.

    This asks the UDF itself, and does not rely on how a release of Spark analyses it.
    """
    noted: list[bool] = []
    with ExitStack() as stack:
        for kind in {UserDefinedFunction, *of_connect("udf", "UserDefinedFunction")}:
            stack.enter_context(patch.object(kind, "__call__", _noting(kind.__call__, noted)))
        yield noted


def _noting(call: Callable[..., Column], noted: list[bool]) -> Callable[..., Column]:
    here = threading.get_ident()

    def called(udf: UserDefinedFunction, *arguments: Column, **named: Column) -> Column:
        if threading.get_ident() == here:
            noted.append(udf.deterministic)
        return call(udf, *arguments, **named)

    return called


def _problems(made: Column, empty: DataFrame) -> Iterator[str]:
    asked = made.alias("asked")
    try:
        found = empty.select(asked).schema["asked"].dataType
    except PySparkException as error:
        yield f"what its function makes cannot be evaluated on a row of its columns: {str(error).partition(chr(10))[0]}"
    else:
        if not isinstance(found, BooleanType):
            yield f"its function makes a {found.simpleString()}, not true or false"
        elif not _is_accepted(empty.filter, made):
            yield "its function looks at more than one row"
        elif not _is_accepted(empty.agg, F.max(made)):  # Spark aggregates nothing that is another thing each time
            yield "its function is not deterministic"
        elif told := _ASKS_FOR_MORE.search(empty.select(F.coalesce(made)).columns[0]):
            yield f"its function asks for {told[0]}, which is another thing each time"


def _is_accepted(make: object, asked: Column) -> bool:
    try:
        make(asked).schema  # type: ignore[operator]  # noqa: B018 - Spark Connect analyses only what is asked for
    except PySparkException:
        return False
    return True
