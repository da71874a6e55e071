"""A frame of Spark Connect asks the server for its columns once, on both lines of Spark."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import LongType, StringType, StructType

from tidegate.platforms.connect_frames import remember_schemas

if TYPE_CHECKING:
    import pytest
    from pyspark.sql import DataFrame

FOUND = StructType().add("id", LongType()).add("name", StringType())


class Client:
    """Answers what a client of PySpark asks the server for, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def schema(self, _: object) -> StructType:
        self.asked += 1
        return FOUND

    def _set_relation_in_plan(self, plan: Any, relation: object) -> None:  # noqa: ANN401
        """Put a plan together; of PySpark 4."""
        plan.root.CopyFrom(relation)


def session_of(client: Client, module: str = "pyspark.sql.connect.session") -> Any:  # noqa: ANN401
    return type("SparkSession", (), {"__module__": module, "client": client})()


def frame(session: Any) -> DataFrame:  # noqa: ANN401
    frames: Any = import_module("pyspark.sql.connect.dataframe").DataFrame
    plan = import_module("pyspark.sql.connect.plan").Range(0, 1, 1)
    made: DataFrame = frames.withPlan(plan, session) if hasattr(frames, "withPlan") else frames(plan, session)
    return made


def test_a_frame_asks_for_its_columns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = import_module("pyspark.sql.connect.dataframe").DataFrame
    monkeypatch.setattr(frames, "schema", frames.schema)  # as it is put back afterwards
    client = Client()
    session = session_of(client)
    for _ in range(2):
        remember_schemas(session)
    one, other = frame(session), frame(session)
    assert (one.columns, one.schema, one.columns) == (["id", "name"], FOUND, ["id", "name"])
    assert client.asked == 1
    assert other.schema == FOUND
    assert client.asked == 2


def test_sessions_of_other_kinds_are_left_alone() -> None:
    frames = import_module("pyspark.sql.connect.dataframe").DataFrame
    before = frames.schema
    remember_schemas(session_of(Client(), "pyspark.sql.session"))
    assert frames.schema is before
