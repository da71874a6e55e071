"""A driver that merges into a table in S3, round after round: `python driver.py ROOT FORMAT NAME OTHER ROUNDS [alone]`.

It begins when the other driver is there, too. With `alone` it takes no turns. The driver `a` writes down in the end
what the table then holds: `ROOT/found.json`.
"""

from __future__ import annotations

import json
import os
import sys
import time

from tests.conformance.reference import Event
from tests.parity.s3 import s3a
from tests.tables.batches import UPSERT, commit, entity_batch, events_of

from tidegate import storage
from tidegate.job.retries import Retries
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, Place
from tidegate.testing.session import local_session

TABLE = TableName("silver", "entities")


def events(name: str, round_: int) -> list[Event]:
    """Return what a driver merges in a round: a row of its own, and one that both have."""
    own = 100 * ord(name) + round_
    return [Event((own, "r"), round_, name, 0), Event((1, "r"), 10 * round_ + ord(name) % 2, f"{name}{round_}", 0)]


def meet(root: str, name: str, other: str) -> None:
    """Wait until the other driver is as far."""
    storage.write_new(f"{root}/ready/{name}", b"")
    end = time.monotonic() + 400
    while not storage.exists(f"{root}/ready/{other}"):
        if time.monotonic() > end:
            raise TimeoutError(other)
        time.sleep(0.5)


def main(root: str, kind: str, name: str, other: str, rounds: str, *how: str) -> None:
    """Merge all rounds."""
    place = Place(kind, f"{root}/silver".replace("s3://", "s3a://"), takes_turns="alone" not in how)
    credentials = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    conf = {**s3a(os.environ["AWS_ENDPOINT_URL"], *credentials), "spark.driver.memory": "1g"}
    with local_session(conf, formats=frozenset({"delta"})) as session:
        store = Catalog({"silver": place}, lambda: session).store(TABLE)
        meet(root, name, other)
        for round_ in range(1, int(rounds) + 1):
            batch = entity_batch(session, TABLE, UPSERT, events(name, round_))
            facts = commit(round_, job="job", scope=name)
            Retries(30, 0.2).publish(lambda batch=batch, facts=facts: store.publish(batch, facts))  # type: ignore[misc]
        meet(root, f"{name}-done", f"{other}-done")
        if name < other:
            rows = [[*event.key, event.at, event.a, event.b] for event in events_of(store.read(TABLE))]
            versions = [version.commit.token.application for version in store.history(TABLE) if version.commit]
            storage.write_new(f"{root}/found.json", json.dumps({"rows": rows, "commits": versions}).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
