"""The one place that reaches past PySpark into its gateway to the JVM: to be quicker, or to look, never to do more."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark import RDD
    from pyspark.sql import DataFrame, SparkSession

# What PySpark 3.5 and 4 call the classes that functions, lists of columns and, on 4, all uses of columns need.
_HELPERS = (
    "functions",
    "org.apache.spark.sql.functions",
    "PythonUtils",
    "org.apache.spark.sql.classic.SparkSession",
    "org.apache.spark.sql.catalyst.trees.PySparkCurrentOrigin",
)

# Attempts of stages that ran again stand between the numbers.
_STAGES_RUN_AGAIN = 4
_MAPPER = "_tidegate_json"


def remember_functions(session: SparkSession) -> None:
    """Let the gateway remember Spark's functions, which it else looks for anew with every column.

    It asks twice, for the class and for the function in it, and both searches together cost more than all else that
    making a column does; a run makes thousands. Spark Connect has no gateway: nothing is done there.
    """
    jvm = java_classes(session)
    if jvm is None:
        return
    for name in _HELPERS:
        found = None if name in vars(jvm) else getattr(jvm, name)
        if type(found).__name__ == "JavaClass":  # what this Spark does not have is given as a package
            setattr(jvm, name, _remembering(found))


def _remembering(java_class: Any) -> object:  # noqa: ANN401 - py4j has no types
    """Return a class of the gateway that asks once for each of its static methods."""
    usual = type(java_class)

    class Remembering(usual):  # type: ignore[misc, valid-type]
        """A Java class; a method that was found is kept, as it never changes."""

        def __getattr__(self, name: str) -> object:
            found = super().__getattr__(name)
            if callable(found):
                self.__dict__[name] = found
            return found

    java_class.__class__ = Remembering
    return java_class


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


def has_gateway(session: SparkSession) -> bool:
    """Return whether a session runs beside this process, so that Spark can call it; Spark Connect has no gateway."""
    return getattr(session, "_jsparkSession", None) is not None


def java_classes(session: SparkSession) -> Any | None:  # noqa: ANN401 - py4j has no types
    """Return the way to the classes of a session's Java; None where there is no gateway, as with Spark Connect."""
    return getattr(getattr(session, "_sc", None), "_jvm", None)


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


def java_process() -> int | None:
    """Return the process of the Java that this one has started; None where it has started none."""
    process = getattr(getattr(_context_class(), "_gateway", None), "proc", None)
    number = getattr(process, "pid", None)
    return number if isinstance(number, int) else None


@dataclass(frozen=True)
class Tasks:
    """What all tasks have done so far.

    Attributes:
        milliseconds: How long they have taken.
        shuffle_read: Bytes that they read of shuffles.
        shuffle_write: Bytes that they wrote for shuffles.
        peak_memory: Bytes, the most that one executor's Java has used at once; None until an executor has told.
    """

    milliseconds: int
    shuffle_read: int
    shuffle_write: int
    peak_memory: int | None


def task_totals() -> Tasks | None:
    """Return what all tasks have done so far; None where there is no gateway to a Spark, or it does not tell."""
    store = _status_store()
    if store is None:
        return None
    # What a gateway raises that forbids the call, or does not know it, depends on the platform.
    with suppress(Exception):
        executors = store.executorList(False)  # noqa: FBT003 - Java's own
        found = [executors.apply(number) for number in range(executors.length())]
        working = [one for one in found if one.id() != "driver"] or found
        return Tasks(
            sum(one.totalDuration() for one in found),
            sum(one.totalShuffleRead() for one in found),
            sum(one.totalShuffleWrite() for one in found),
            max((peak for peak in map(_peak, working) if peak), default=None),
        )
    return None


def newest_stages(after: int) -> str | None:
    """Return what Spark knows of the stages whose number is greater than one, and of few others, as a list in JSON.

    They come in one call, in the form in which Spark's REST interface gives them. None where there is no gateway.

    Args:
        after: The number.
    """
    context: Any = getattr(_context_class(), "_active_spark_context", None)
    store = _status_store()
    if store is None:
        return None
    with suppress(Exception):  # as above
        jvm = context._jvm  # noqa: SLF001 - this is the place
        nothing, no_numbers = jvm.java.util.ArrayList(), context._gateway.new_array(jvm.double, 0)  # noqa: SLF001
        stages = store.stageList(nothing, False, False, no_numbers, nothing)  # noqa: FBT003 - Java's own
        if stages.isEmpty():
            return "[]"
        new = stages.apply(0).stageId() - after + _STAGES_RUN_AGAIN  # the newest come first
        if _MAPPER not in vars(context):  # to make one costs more than all else here
            setattr(context, _MAPPER, jvm.org.apache.spark.status.api.v1.JacksonMessageWriter().mapper())
        text: str = getattr(context, _MAPPER).writeValueAsString(stages.take(new))
        return text
    return None


def _peak(executor: Any) -> int:  # noqa: ANN401 - py4j has no types
    known = executor.peakMemoryMetrics()
    if known.isEmpty():
        return 0
    metrics = known.get()
    return int(metrics.getMetricValue("JVMHeapMemory")) + int(metrics.getMetricValue("JVMOffHeapMemory"))


def _status_store() -> Any | None:  # noqa: ANN401 - as above
    java = getattr(getattr(_context_class(), "_active_spark_context", None), "_jsc", None)
    if java is None:
        return None
    with suppress(Exception):  # as above
        return java.sc().statusStore()
    return None


def _context_class() -> object:
    from pyspark import SparkContext  # noqa: PLC0415 - asked for only where Spark is loaded

    return SparkContext


def versions(session: SparkSession) -> dict[str, str]:
    """Return the versions of `java`, `delta` and `iceberg` that a session runs with; what cannot be asked is left out.

    Spark Connect has no gateway, and a platform may forbid the calls: then nothing is known, and nothing is wrong.
    """
    jvm = java_classes(session)
    if jvm is None:
        return {}
    ways: dict[str, Callable[[], object]] = {
        "java": lambda: jvm.java.lang.System.getProperty("java.version"),
        "delta": lambda: getattr(getattr(jvm.io.delta, "package$"), "MODULE$").VERSION(),
        "iceberg": lambda: jvm.org.apache.iceberg.IcebergBuild.version(),  # noqa: PLW0108 - the way there may fail, too
    }
    found = {}
    for name, ask in ways.items():
        with suppress(Exception):  # as above
            found[name] = str(ask())
    return found
