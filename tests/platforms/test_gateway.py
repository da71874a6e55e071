"""Making a column does not look for Spark's functions again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from tidegate.platforms.gateway import clone, remember_functions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COLUMNS = 20
FUNCTIONS = ("functions", "org.apache.spark.sql.functions")


@pytest.mark.spark
def test_a_column_takes_no_search_for_the_functions(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    remember_functions(spark)
    context: Any = spark.sparkContext
    client = context._gateway._gateway_client
    asked: list[str] = []
    send = client.send_command

    def listening(command: str, *rest: object, **more: object) -> object:
        asked.append(command)
        return send(command, *rest, **more)

    monkeypatch.setattr(client, "send_command", listening)
    columns = [F.col(f"c{number}") for number in range(COLUMNS)]
    # py4j's reflection of an unknown name, as in "r\nu\nfunctions\n…"
    searches = [command for command in asked if command.startswith("r\nu\n") and command.split("\n")[2] in FUNCTIONS]
    assert asked
    assert not searches
    assert len({str(column) for column in columns}) == COLUMNS


def test_a_session_without_a_gateway_is_left_alone() -> None:
    class Connect:
        """A session as Spark Connect gives it."""

    session: Any = Connect()
    remember_functions(session)
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
