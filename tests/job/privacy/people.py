"""People and their visits: tables whose keys are hashed and whose names are masked, and what they must hold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tidegate.job.base import SparkJob
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.declarations import Output
from tidegate.model.modes import Append, Upsert
from tidegate.model.names import TableName
from tidegate.model.privacy import MASK, PrivacyKey

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = PrivacyKey(b"a key for tests, of many bytes")
SCHEMA = "person_id string, email string, name string, age int, updated_at timestamp"
VISITS = "visit_id string, person_id string, seconds int"
START = datetime(2024, 1, 1)  # noqa: DTZ001 - as Spark gives it


class Person(NamedTuple):
    """One version of a person as it arrives; an e-mail address without an @ is refused."""

    person_id: str
    email: str | None
    name: str | None
    age: int | None
    updated_at: datetime


def person(number: int, email: str | None = "a@b.example", name: str | None = "Ann", version: int = 0) -> Person:
    """Return a version of a person."""
    return Person(f"person-{number}", email, name, 30 + number, START + timedelta(seconds=version))


def contracts(protection: str = "hash") -> tuple[Contract, ...]:
    """Return the contracts of `silver.people` and `silver.visits`, and those of the raw tables.

    Args:
        protection: What becomes of a person's key: `hash` or `keep`.
    """
    key = Column("person_id", "string", required=True, classification="pii", protection=protection)  # type: ignore[arg-type]
    people = (
        key,
        Column("email", "string", classification="pii", protection="hash"),
        Column("name", "string", classification="pii", protection="mask"),
        Column("age", "int", classification="pii", protection="mask"),
        Column("updated_at", "timestamp", required=True),
    )
    known = Rule(
        "person_is_known", "foreign_key", ("person_id",), (("references", ("person_id",)), ("table", "silver.people"))
    )
    return (
        Contract(
            TableName.parse("silver.people"),
            "1.0.0",
            people,
            (Rule("id_is_there", "not_null", ("person_id",)), Rule("email_is_one", "email", ("email",))),
            primary_key=("person_id",),
        ),
        Contract(
            TableName.parse("silver.visits"),
            "1.0.0",
            (Column("visit_id", "string", required=True), key, Column("seconds", "int")),
            (Rule("visit_is_there", "not_null", ("visit_id",)), known),
            primary_key=("visit_id",),
            foreign_keys=(known.reference,),
        ),
    )


class People(SparkJob):
    """Latest state of every person."""

    inputs = {"people": "bronze.people"}
    output = Output("silver.people", Upsert(("person_id",), "updated_at"))


class Visits(SparkJob):
    """Every visit."""

    inputs = {"visits": "bronze.visits"}
    output = Output("silver.visits", Append())


def latest(people: Sequence[Person]) -> list[tuple[object, ...]]:
    """Return what `silver.people` must hold, in the form of `Sandbox.rows`: of equally new versions the greatest."""
    best: dict[str, tuple[object, ...]] = {}
    for one in people:
        if one.email is not None and "@" not in one.email:
            continue
        email = None if one.email is None else KEY.hash(one.email)
        name = None if one.name is None else MASK
        order = (one.updated_at, email is not None, email or "", name is not None)
        if one.person_id not in best or order > best[one.person_id][0]:  # type: ignore[operator]
            best[one.person_id] = (order, (None, email, name, KEY.hash(one.person_id), one.updated_at))
    return sorted((row for _, row in best.values()), key=repr)  # type: ignore[misc]
