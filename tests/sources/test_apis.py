"""What is pulled of an HTTP API over real sockets: every record, however it is paged, whenever it was committed."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.http_api import Fault, HttpApi, http_api

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
    from collections.abc import Callable, Iterator

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


def pull(
    api: HttpApi,
    declared: Api,
    known: CursorMark | None = None,
    *,
    pause: Callable[[float], object] = lambda _: None,
    retries: int = 5,
) -> tuple[Gathered, list[tuple[int | None, str]]]:
    """Return what was gathered, and the records in the files, with their steps."""
    connection = HttpConnection("shop", api.url, {"Authorization": "Bearer s3cret"}, retries=retries)
    with tempfile.TemporaryDirectory() as folder, closing(HttpClient(connection, declared.label, pause)) as client:
        gathered = gather(Pages(client, declared), declared, known, folder)
        lines = [line for file in sorted(Path(folder).iterdir()) for line in file.read_text().split("\n") if line]
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


def ids(records: list[tuple[int | None, str]]) -> list[int]:
    return [json.loads(text)["id"] for _, text in records]


def failure(api: HttpApi, declared: Api, known: CursorMark | None = None, *, retries: int = 5) -> str:
    with pytest.raises(SourceError) as caught:
        pull(api, declared, known, retries=retries)
    assert "s3cret" not in str(caught.value)
    assert "since=" not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_request_that_the_api_could_not_answer_is_made_again(api: HttpApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="tidegate")
    later = format_datetime(datetime.now(tz=timezone.utc) + timedelta(seconds=90))
    api.faults.extend(
        [
            Fault(429, (("Retry-After", "7"),), b"busy"),
            Fault(429, (("Retry-After", later),), b"busy"),
            Fault(503, (), b"s3cret"),
            Fault(cut=True),
            Fault(429, (("Retry-After", "soon"),), b"busy"),
        ]
    )
    waits: list[float] = []
    _, records = pull(api, declare(), pause=waits.append)
    assert ids(records) == [0, 1, 2, 3, 4]
    assert len(waits) == 5
    assert waits[0] == 7
    assert 60 < waits[1] <= 90
    assert waits[2] < waits[3] < waits[4] <= 8, "each wait is longer than the one before"
    assert "429" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault(503, (), b"s3cret"), "the API answered 503, after 3 attempts"),
        (Fault(cut=True), "the API cannot be reached (ChunkedEncodingError), after 3 attempts"),
        (Fault(429, (("Retry-After", "3600"),), b""), "the API answered 429, and asks to wait 3600 s"),
        (Fault(401, (), b"s3cret"), "the API answered 401"),
        (Fault(404, (), b"s3cret"), "the API answered 404"),
        (Fault(302, (("Location", "http://127.0.0.2/"),), b""), "the API answered 302, a redirection"),
        (Fault(body=b'{"data": {"items": [{"id": 1}, {"i'), "an answer is not JSON"),
        (Fault(body=b"[" * 100_000), "an answer is not JSON"),
        (Fault(body=b'{"data": {"items": [{"id": "\xff"}]}}'), "an answer is not UTF-8"),
        (Fault(body=b'{"data": {"rows": []}}'), "an answer has nothing at 'data.items'"),
        (Fault(body=b"[1]"), "an answer has nothing at 'data.items'"),
        (Fault(body=b'{"data": {"items": {"a": 1}}}'), "there is no list of records at 'data.items'"),
    ],
)
def test_an_answer_that_is_none_fails_the_pull_and_tells_no_content(api: HttpApi, fault: Fault, message: str) -> None:
    api.faults.extend([fault] * 3)
    error = failure(api, declare(), CursorMark("1", "sequence", "0", column="at"), retries=2)
    assert message in error
    assert "shop/orders" in error
    is_final = fault.status in {302, 401, 404} or fault.body is not None
    assert len(api.asked) == (1 if is_final and fault.status != 503 else 3)


def test_an_api_that_is_not_there_is_asked_again_and_then_told(api: HttpApi) -> None:
    waits: list[float] = []
    with pytest.raises(SourceError, match=r"cannot be reached \(ConnectionError\), after 3 attempts") as caught:
        pull(replace(api, port=1), declare(), retries=2, pause=waits.append)
    assert len(waits) == 2
    assert "GET /v1/orders" in str(caught.value)


def test_every_request_carries_the_headers_and_only_to_the_connections_own_host(
    api: HttpApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    api.paging = "link"
    pull(api, declare("link"))
    assert [asked.headers["Authorization"] for asked in api.asked] == ["Bearer s3cret"] * 2
    with http_api() as foreign:
        for link in (
            f"{foreign.url}/orders",
            f"https://127.0.0.1:{api.port}/",
            "//example.com/",
            "http://127.0.0.1:x/",
        ):
            page = json.dumps({"data": {"items": []}, "next": link}).encode()
            api.faults.append(Fault(body=page))
            assert "leads to another host" in failure(api, declare("link"))
        api.paging = "header"
        api.faults.append(Fault(headers=(("Link", f'<{foreign.url}>; rel="next"'),)))
        assert "leads to another host" in failure(api, declare("header"))
        assert not foreign.asked


def test_pages_that_never_end_fail_the_pull(api: HttpApi) -> None:
    page = Fault(body=b'{"data": {"items": [{"id": 1, "at": 1}]}, "next": "x"}')
    api.faults.extend([page] * 9)
    assert "a page leads to one that has been read" in failure(api, declare("token"))
    assert "a page leads to one that has been read" in failure(api, replace(declare("link"), path="/x"))
    api.faults.clear()
    api.faults.extend([page] * 9)
    assert "page after page has the same records" in failure(api, declare("page"))
    api.faults.clear()
    api.size = 1
    few = Paging("offset", parameter="offset", most_pages=4)
    assert "the API has more than 4 pages" in failure(api, replace(declare(), paging=few))
    api.faults.extend([page] * 20)
    assert "moved while they were read, 4 times in a row" in failure(api, declare())


def test_an_api_may_give_fewer_records_than_it_was_asked_for(api: HttpApi) -> None:
    for way in ("page", "offset"):
        api.paging, api.asked, api.size = way, [], 2
        paging = replace(PAGINGS[way] or Paging("header"), size=100, size_parameter="limit")
        assert ids(pull(api, replace(declare(way), paging=paging))[1]) == [0, 1, 2, 3, 4]
        assert {asked.parameters["limit"] for asked in api.asked} == {"100"}


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


@given(
    moment=st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 30)),  # noqa: DTZ001 - its zone is put in
    shift=st.integers(-23 * 60, 23 * 60),
    separator=st.sampled_from("T "),
)
def test_moments_are_read_as_they_are_written(moment: datetime, shift: int, separator: str) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=shift)))
    texts: dict[CursorKind, str] = {"instant": there.isoformat(separator), "timestamp": moment.isoformat(separator)}
    for kind, text in texts.items():
        found = read_value(text)
        assert found is not None
        assert found[0] == kind
        expected = there.astimezone(timezone.utc) if kind == "instant" else moment.replace(tzinfo=timezone.utc)
        assert text_of(found[1], "instant") == expected.isoformat(timespec="microseconds")
    assert read_value(moment.date().isoformat()) == ("date", (moment.date() - date(1970, 1, 1)).days)


def test_other_values_of_cursors() -> None:
    assert read_value(7) == read_value("7") == ("sequence", 7)
    second = ("instant", 1_704_110_400_000_000)
    assert read_value("2024-01-01T12:00Z") == read_value("2024-01-01T14:00:00+02") == second
    assert read_value("2024-01-01T12:00:00.0000009Z") == second, "finer than a microsecond is cut off"
    for text in (None, True, 1.5, "", "x", "2024-13-01", "2024-01-01T25:00", "12:00", "9" * 39, ["1"], "2024-01-01x"):
        assert read_value(text) is None


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
