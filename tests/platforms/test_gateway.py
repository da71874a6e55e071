"""Making a column does not look for Spark's functions again, and rows from Python need no Python to be read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import Row
from pyspark.sql import functions as F

from tidegate.platforms.gateway import clone, remember_functions, send_rows_as_they_are

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

COLUMNS = 20
TYPES = """a int, b string, c decimal(5,2), d date, e timestamp, f binary, g array<int>, h map<string, double>,
    i struct<j: long>"""
FULL = (
    *(1, "é", Decimal("1.50"), date(2024, 2, 29), datetime(2024, 1, 1, 12)),  # noqa: DTZ001 - as Spark gives it
    *(bytearray(b"\x00\xff"), [1, None], {"k": 0.5}, (2**40,)),
)


def expected(rows: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return rows as they are read below: bytes as text, a struct as a row."""
    return [(*row[:5], row[5] and "00FF", *row[6:8], row[8] and Row(j=2**40)) for row in rows]


@pytest.mark.spark
def test_a_column_takes_no_search_for_what_makes_it(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    remember_functions(spark)
    context: Any = spark.sparkContext
    client = context._gateway._gateway_client
    asked: list[str] = []
    send = client.send_command

    def listening(command: str, *rest: object, **more: object) -> object:
        asked.append(command)
        return send(command, *rest, **more)

    monkeypatch.setattr(client, "send_command", listening)
    F.struct(F.col("any"))  # from now on both functions are known
    asked.clear()
    columns = [F.col(f"c{number}") for number in range(COLUMNS)]
    F.struct(*columns)
    # py4j's reflection of a name ("r\nu\nfunctions\n…") or of what a class has ("r\nm\n….functions\ncol\n…").
    assert asked
    assert not [command for command in asked if command.startswith("r\n")]
    assert len({str(column) for column in columns}) == COLUMNS


@pytest.mark.spark
@pytest.mark.parametrize("count", [0, 1, 5000])
def test_rows_made_by_python_are_read_without_python(spark: SparkSession, count: int) -> None:
    send_rows_as_they_are(spark)
    rows = [*[FULL] * count, *[(None,) * len(FULL)] * count]
    frame = spark.createDataFrame(rows, TYPES)
    read = frame.withColumns({"f": F.hex("f")}).collect()  # bytes come back as one type or another
    assert sorted(map(repr, map(tuple, read))) == sorted(map(repr, map(tuple, expected(rows))))
    jdf: Any = frame._jdf
    assert "PythonRDD[" not in jdf.queryExecution().toRdd().toDebugString()


def test_a_session_without_a_gateway_is_left_alone() -> None:
    class Connect:
        """A session as Spark Connect gives it."""

    session: Any = Connect()
    remember_functions(session)
    send_rows_as_they_are(session)
    assert not vars(session)
    assert clone(session) is None


def test_a_gateway_that_forbids_clones_gives_none() -> None:
    class Forbidding:
        """The gateway's side of a session, as Databricks guards it."""

        def cloneSession(self) -> None:  # noqa: N802 - Spark's name
            raise RuntimeError("Py4JSecurityException")

    class Guarded:
        """A session of such a platform."""

        _jsparkSession = Forbidding()  # noqa: N815 - PySpark's name
        sparkContext = None  # noqa: N815

    session: Any = Guarded()
    assert clone(session) is None
