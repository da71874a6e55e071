"""The one place that reaches past PySpark into its gateway to the JVM: to be quicker, or to look, never to do more."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark import RDD
    from pyspark.sql import DataFrame, SparkSession

# What PySpark 3.5 and 4 call the class that every function of `pyspark.sql.functions` comes from.
_FUNCTIONS = ("functions", "org.apache.spark.sql.functions")


def remember_functions(session: SparkSession) -> None:
    """Let the gateway remember the class of Spark's functions, which it else looks for anew with every column.

    The search costs more than all else that making a column does, and a run makes thousands. Spark Connect has no
    gateway: nothing is done there.
    """
    jvm = getattr(getattr(session, "_sc", None), "_jvm", None)
    if jvm is None:
        return
    for name in _FUNCTIONS:
        if name not in vars(jvm):
            setattr(jvm, name, getattr(jvm, name))


def clone(session: SparkSession) -> SparkSession | None:
    """Return a new session with the settings and temporary views that one has now; None where there is no such way.

    Spark clones sessions itself, for its streams, but PySpark does not offer it. What PySpark offers is an empty
    session, and two queries that list the settings of both.
    """
    java = getattr(session, "_jsparkSession", None)
    if java is None:
        return None
    # What a gateway raises that forbids the call, or does not know it, depends on the platform.
    with suppress(Exception):
        return type(session)(session.sparkContext, java.cloneSession())
    return None


def send_rows_as_they_are(session: SparkSession) -> None:
    """Let rows that Python made go to Java in the pickles they are in.

    PySpark has them read and pickled again by Python processes of Spark, for every job over them, only because it takes
    batches of a fixed size for another format than batches that grow; Java reads both alike. Spark Connect has no
    gateway: nothing is done there.
    """
    context = getattr(session, "_sc", None)
    if context is None or "parallelize" in vars(context):
        return
    parallelize = context.parallelize

    def as_they_are(rows: Iterable[object], slices: int | None = None) -> RDD[object]:
        made: RDD[object] = parallelize(rows, slices)
        made._jrdd_deserializer = context.serializer  # noqa: SLF001 - what it says of its format
        return made

    context.parallelize = as_they_are


def analysed_plan(frame: DataFrame) -> Callable[[], str] | None:
    """Return what writes the analysed plan of a frame as JSON; None where there is no gateway, as with Spark Connect.

    The plan is there already, as Spark analyses a frame when it is made. Writing it takes the JVM a moment, which
    another thread may wait for.
    """
    java = getattr(frame, "_jdf", None)
    if java is None:
        return None
    write: Callable[[], str] = java.queryExecution().analyzed().toJSON
    return write
