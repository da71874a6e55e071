"""What is pulled of an HTTP API over real sockets: every record, however it is paged, whenever it was committed."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.http_api import HttpApi, http_api

from tidegate.errors import JobDefinitionError, SourceError
from tidegate.model.connections import HttpConnection
from tidegate.model.cursors import CursorMark
from tidegate.model.declarations import Api, Cursor, Snapshot
from tidegate.model.paging import Paging
from tidegate.sources.apis import MOST_FIELDS, Gathered, gather
from tidegate.sources.cursor_values import read_value
from tidegate.sources.cursors import text_of
from tidegate.sources.http_client import HttpClient
from tidegate.sources.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.model.cursors import CursorKind

pytestmark = pytest.mark.integration

Way: TypeAlias = Literal["page", "offset", "token", "link", "header", "none"]

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
OVERLAP = 10
PAGINGS: dict[Way, Paging | None] = {
    "none": None,
    "page": Paging("page", parameter="page"),
    "offset": Paging("offset", parameter="offset"),
    "token": Paging("token", parameter="cursor", at="next"),
    "link": Paging("link", at="next"),
    "header": Paging("header"),
}
WAYS = st.sampled_from(list(PAGINGS))
# A commit: the record that comes or changes, how far its cursor lies behind the newest, and how far it goes ahead.
COMMITS = st.lists(st.tuples(st.integers(0, 5), st.integers(-OVERLAP, 7)), max_size=4)


def declare(way: Way = "offset", cursor: Cursor | None = None, *, since: str | None = "since") -> Api:
    return Api(
        "shop", cursor or Cursor("at", overlap=OVERLAP), "/orders", "data.items", paging=PAGINGS[way], since=since
    )


def pull(api: HttpApi, declared: Api, known: CursorMark | None = None) -> tuple[Gathered, list[tuple[int | None, str]]]:
    """Return what was gathered, and the records in the files, with their steps."""
    connection = HttpConnection("shop", api.url, {"Authorization": "Bearer s3cret"})
    with tempfile.TemporaryDirectory() as folder, closing(HttpClient(connection, declared.label)) as client:
        gathered = gather(Pages(client, declared), declared, known, folder)
        lines = [line for file in sorted(Path(folder).iterdir()) for line in file.read_text().splitlines()]
    found = [line.split("\t", 1) for line in lines]
    return gathered, [(int(steps) if steps else None, text) for steps, text in found]


@dataclass
class Reader:
    """Runs of a job in plain Python: what it has published, and what the last commit remembers."""

    declared: Api
    known: CursorMark | None = None
    published: list[str] = field(default_factory=list)

    def run(self, api: HttpApi) -> int:
        gathered, records = pull(api, self.declared, self.known)
        span = gathered.span
        if span is None:
            return 0
        seen = set(self.known.seen if self.known else ())
        distinct = sorted(set(records))
        fresh = [text for _, text in distinct if hash(text) not in seen]
        recent = tuple(hash(text) for steps, text in distinct if steps is not None and steps >= span.reach)
        self.known = replace(span.mark(("",), recent), column="at")
        self.published += fresh
        return len(fresh)


def commit(api: HttpApi, key: int, ahead: int, *, is_moment: bool, number: int) -> None:
    """Write a version of a record, whose cursor is at most the overlap behind the newest one."""
    newest = max((int(str(one["n"])) for one in api.records), default=100)
    others = [one for one in api.records if one["id"] != key]
    # The newest record stays where it is: an API whose newest value goes back is an error.
    at = newest + ahead if any(one["n"] == newest for one in others) else newest + abs(ahead)
    value = (NOON + timedelta(minutes=at)).isoformat().replace("+00:00", "Z") if is_moment else at
    api.records = [*others, {"id": key, "at": value, "n": at, "version": number}]


@settings(max_examples=60)
@given(
    runs=st.lists(COMMITS, min_size=2, max_size=4),
    between=COMMITS,
    way=WAYS,
    size=st.integers(1, 4),
    is_moment=st.booleans(),
    is_exclusive=st.booleans(),
    has_since=st.booleans(),
)
def test_whatever_the_source_holds_has_been_read_once(
    runs: list[list[tuple[int, int]]],
    between: list[tuple[int, int]],
    way: Way,
    size: int,
    is_moment: bool,
    is_exclusive: bool,
    has_since: bool,
) -> None:
    size = max(size, 2) if way == "offset" else size  # of one record a page, no two share any
    overlap = timedelta(minutes=OVERLAP) if is_moment else OVERLAP
    reader = Reader(declare(way, Cursor("at", overlap), since="since" if has_since else None))
    numbers = iter(range(1000))
    with http_api(paging=way, size=size, is_exclusive=is_exclusive) as api:

        def interfere(page: int) -> None:
            """Commit while pages are read: by offset, a record may move; else, new ones come."""
            if between and page % 2:
                key, ahead = between.pop()
                number = next(numbers)
                commit(api, key if way == "offset" else 100 + number, ahead, is_moment=is_moment, number=number)

        api.before_page = interfere
        for commits in runs:
            for key, ahead in commits:
                commit(api, key, ahead, is_moment=is_moment, number=next(numbers))
            reader.run(api)
        api.before_page = lambda _: None
        # What changes within the overlap and leaves as many records there is read once the source moves on.
        commit(api, 99, 1, is_moment=is_moment, number=next(numbers))
        assert reader.run(api) > 0
        held = {text for _, text in pull(api, declare(way, Cursor("n", OVERLAP), since=None))[1]}
        assert held <= set(reader.published), "nothing is passed over"
        assert len(set(reader.published)) == len(reader.published), "nothing is read twice"
        assert reader.run(api) == 0, "a source that has not changed has nothing new"
