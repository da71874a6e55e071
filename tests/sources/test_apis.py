"""What is pulled of an HTTP API over real sockets: every record, however it is paged, whenever it was committed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.http_api import Fault, HttpApi, http_api
from tests.sources.api_pulls import OVERLAP, PAGINGS, Way, declare, failure, pull

from tidegate.errors import JobDefinitionError
from tidegate.model.cursors import CursorMark
from tidegate.model.declarations import Api, Cursor, Database, Snapshot
from tidegate.model.paging import Paging
from tidegate.sources.apis import MOST_FIELDS, RecordFiles
from tidegate.sources.cursors import Limit
from tidegate.sources.json_pages import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = pytest.mark.integration


NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
WAYS = st.sampled_from(list(PAGINGS))
# A commit: the record that comes or changes, how far its cursor lies behind the newest, and how far it goes ahead.
COMMITS = st.lists(st.tuples(st.integers(0, 5), st.integers(-OVERLAP, 7)), max_size=4)


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
    between=COMMITS.map(lambda commits: commits[:3]),
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


@pytest.fixture
def api() -> Iterator[HttpApi]:
    with http_api(records=[{"id": number, "at": number} for number in range(5)]) as found:
        yield found


def test_records_are_kept_letter_by_letter(api: HttpApi) -> None:
    texts = [
        '{"at": 1, "price": 12345678901234567890.12345678901234567890, "price": 2}',
        '{"at": 2, "ratio": NaN, "n": 1e400}',
        '{"at" :3,  "text": "\\ud800 é \\"\u2028",\t"deep": {"b": [1, {}], "a": null}}',
        f'{{"at": 4, "huge": {"9" * 5000}}}',
    ]
    head, tail = '\ufeff{"meta": [{"data": 1}], "data" :\n {"x": [], "items": [ ', " ] } }"
    body = head + "\r\n,\n".join(texts) + tail
    api.faults.append(Fault(body=body.encode()))
    gathered, records = pull(api, declare("none"))
    assert records == [(number + 1, text) for number, text in enumerate(texts)]
    assert gathered.fields == ("at", "deep", "huge", "n", "price", "ratio", "text")
    api.faults.append(Fault(body=b'{\n "data": {"items": [{"at":\r\n 7}]}}'))
    assert pull(api, declare("none"))[1] == [(7, '{"at":   7}')]
    api.faults.append(Fault(body=b'{"data": {"items": null}}'))
    assert pull(api, declare("none"))[1] == []
    lines = replace(declare("none"), format="jsonl", records="")
    api.faults.append(Fault(body=b'{"at": 1}\r\n\n{"at": 2}\n'))
    assert pull(api, lines)[1] == [(1, '{"at": 1}'), (2, '{"at": 2}')]
    api.faults.append(Fault(204, body=b""))
    assert pull(api, lines)[1] == []
    snapshot = replace(lines, by=Snapshot(("id",)), since=None)
    api.faults.append(Fault(body=b'{"id": 1}\n{"id": 2, "cut'))
    assert pull(api, snapshot)[1] == [(None, '{"id": 1}'), (None, '{"id": 2, "cut')], "the reader of lines judges them"


def test_records_fill_as_many_files_as_they_need_and_each_is_in_one_of_them(tmp_path: Path) -> None:
    """A file takes 8 MiB: what was pulled waits on disk, not in memory."""
    text = json.dumps("x" * (6 * 1024 * 1024))
    for count, sizes in ((0, [0]), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2])):
        files = RecordFiles(str(tmp_path / str(count)))
        for number in range(count):
            files.add(Record(text, None), number)
        files.close()
        written = [path.read_text().splitlines() for path in sorted((tmp_path / str(count)).iterdir())]
        assert [len(lines) for lines in written] == sizes
        assert [line for lines in written for line in lines] == [f"{number}\t{text}" for number in range(count)]
        assert files.records == count


def test_a_cursor_may_lie_within_the_record(api: HttpApi) -> None:
    """A dotted path leads to it; a name in quotes is the name of one field, dots and all."""
    bodies = [{"id": 1, "meta": {"at": [{"t": 3}]}, "meta.at": 7}, {"id": 2, "meta": {"at": [{"t": 4}]}, "meta.at": 5}]
    page = json.dumps({"data": {"items": bodies}}).encode()
    for column, steps in (("meta.at.0.t", [3, 4]), ('"meta.at"', [7, 5])):
        api.faults.append(Fault(body=page))
        gathered, records = pull(api, declare("none", Cursor(column)))
        assert [found for found, _ in records] == steps
        assert gathered.span is not None
        assert gathered.span.upper == max(steps)
    api.faults.append(Fault(body=page))
    assert "2 rows have no meta.of.t" in failure(api, declare("none", Cursor("meta.of.t")))
    api.faults.append(Fault(body=b'{"data": {"items": [{"meta": 1}, [1], "x"]}}'))
    assert "3 rows have no meta.at" in failure(api, declare("none", Cursor("meta.at")))
    with pytest.raises(JobDefinitionError, match="is no column of a table"):
        Database("shop", Cursor("meta.at"), table="orders")


def test_a_source_that_cannot_be_trusted_is_an_error(api: HttpApi) -> None:
    known = CursorMark("7", "sequence", "0", column="at")
    assert "went backwards: at has been read up to 7, and now ends at 4" in failure(api, declare(since=None), known)
    assert "went backwards: at has been read up to 70" in failure(
        api, declare(cursor=Cursor("at")), replace(known, value="70", reach="70")
    )
    api.records.append({"id": 9, "at": "2024-01-01"})
    assert "at is of kind sequence in some records, and of kind date in others" in failure(api, declare())
    api.records = [{"id": 1, "at": None}, {"id": 2}, {"id": 3, "at": 1.5}]
    api.column = "id"
    assert "3 rows have no at" in failure(api, declare())
    api.records = [{"id": 1, "at": 1, **{f"f{number}": 1 for number in range(MOST_FIELDS)}}]
    assert "more than 1,000 fields" in failure(api, declare())
    api.records = []
    assert pull(api, declare(), known)[0].span is None, "an API without records has nothing new"


def test_declarations_that_cannot_be_read_are_refused() -> None:
    for path in ("orders", "/orders?x=1", "https://example.com/", "/a/../../b", "/a b"):
        with pytest.raises(JobDefinitionError, match="a path begins with /"):
            Api("shop", Cursor("at"), path)
    with pytest.raises(JobDefinitionError, match="a snapshot is all there is"):
        Api("shop", Snapshot(("id",)), "/orders", since="since")
    with pytest.raises(JobDefinitionError, match="lines have no place"):
        Api("shop", Cursor("at"), "/orders", "items", format="jsonl")
    for by, message in (("page", "parameter"), ("offset", "parameter"), ("token", "parameter"), ("link", "at")):
        with pytest.raises(JobDefinitionError, match=f"paging by {by} needs {message}"):
            Paging(by)  # type: ignore[arg-type]
    with pytest.raises(JobDefinitionError, match="size goes with its parameter"):
        Paging("header", size=3)
    with pytest.raises(JobDefinitionError, match="at least one"):
        Paging("header", most_pages=0)


def test_a_record_that_moves_while_pages_are_read_hides_no_other() -> None:
    reader = Reader(declare())
    with http_api(records=[{"id": number, "at": number} for number in range(5)], size=2) as api:

        def move(page: int) -> None:
            if page == 1:  # the first record goes to the end; the third would be passed over
                api.records = [*api.records[1:], {"id": 0, "at": 9}]

        api.before_page = move
        reader.run(api)
    assert sorted(json.loads(text)["id"] for text in reader.published) == [0, 0, 1, 2, 3, 4]


def test_a_late_commit_is_found_though_the_source_has_not_moved() -> None:
    reader = Reader(declare())
    with http_api(records=[{"id": 1, "at": 10}, {"id": 2, "at": 20}]) as api:
        assert reader.run(api) == 2
        api.records.append({"id": 3, "at": 10})
        assert reader.run(api) == 1
        api.records.append({"id": 4, "at": 9})
        assert reader.run(api) == 0, "later than the overlap allows"


def test_a_run_that_is_resumed_leaves_what_came_since_for_the_next() -> None:
    declared = declare(cursor=Cursor("at", OVERLAP))
    with http_api(paging="offset", size=2) as api:
        reader = Reader(declared)
        commit(api, 1, 0, is_moment=False, number=1)
        reader.run(api)
        told = Limit(f"sequence:{int(str(api.records[0]['at'])) + 3}", None)
        commit(api, 2, 3, is_moment=False, number=2)
        commit(api, 3, 4, is_moment=False, number=3)
        gathered, records = pull(api, declared, reader.known, limit=told)
        assert gathered.span is not None
        assert gathered.span.bound == told.told
        assert [json.loads(text)["id"] for _, text in records] == [1, 2]
        assert reader.run(api) == 2
        assert pull(api, declared, reader.known, limit=told)[0].span is None
