"""Pages are asked for over real sockets: again where it helps, never elsewhere, and errors tell no content."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from tests.http_api import Fault, HttpApi, http_api
from tests.sources.api_pulls import PAGINGS, declare, failure, ids, pull
from urllib3.connection import HTTPConnection

from tidegate.errors import SourceError
from tidegate.model.connections import HttpConnection
from tidegate.model.cursors import CursorMark
from tidegate.model.paging import Paging
from tidegate.sources.http_client import HttpClient, Request, without_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sources.api_pulls import Way

pytestmark = pytest.mark.integration


@pytest.fixture
def api() -> Iterator[HttpApi]:
    with http_api(records=[{"id": number, "at": number} for number in range(5)]) as found:
        yield found


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
    assert caught.value.retryable


def test_an_api_that_cannot_be_asked_at_all_is_told_at_once_without_its_address(api: HttpApi) -> None:
    """No wait makes a server speak TLS."""
    waits: list[float] = []
    connection = HttpConnection("shop", api.url.replace("http:", "https:"), {"key": "s3cret"})
    client = HttpClient(connection, "shop/orders", waits.append)
    with closing(client), pytest.raises(SourceError, match=r"cannot be asked \(SSLError\)") as caught:
        client.get(Request(client.below("/orders"), (("since", "s3cret"),)))
    assert "s3cret" not in str(caught.value)
    assert (caught.value.retryable, caught.value.__cause__, waits) == (False, None, [])
    assert api.asked == []


def test_a_page_that_is_too_large_is_refused_and_one_that_just_fits_is_read(
    api: HttpApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = b'{"data": {"items": []}}'
    api.faults.extend([Fault(body=page)] * 2)
    monkeypatch.setattr("tidegate.sources.http_client.MOST_BYTES", len(page))
    assert pull(api, declare("none"))[1] == []
    monkeypatch.setattr("tidegate.sources.http_client.MOST_BYTES", len(page) - 1)
    assert "a page has more than" in failure(api, declare("none"))
    assert len(api.asked) == 2, "it would be as large again"


def test_an_answer_that_broke_off_is_asked_for_again_though_the_library_takes_it_for_whole(
    api: HttpApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first line of urllib3, which requests takes as well, does not count what comes."""
    asking = HTTPConnection.request

    def lenient(connection: HTTPConnection, *place: str, **how: object) -> None:
        asking(connection, *place, **{**how, "enforce_content_length": False})  # type: ignore[arg-type]

    monkeypatch.setattr(HTTPConnection, "request", lenient)
    lines = replace(declare("none"), format="jsonl", records="")
    api.faults.extend([Fault(body=b'{"at": 1}\n{"at": 2}\n', cut=True), Fault(body=b'{"at": 1}\n{"at": 2}\n')])
    assert pull(api, lines)[1] == [(1, '{"at": 1}'), (2, '{"at": 2}')]
    assert len(api.asked) == 2


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
            "http://[s3cret/",
        ):
            page = json.dumps({"data": {"items": []}, "next": link}).encode()
            api.faults.append(Fault(body=page))
            assert "leads to another host" in failure(api, declare("link"))
        api.paging = "header"
        api.faults.append(Fault(headers=(("Link", f'<{foreign.url}>; rel="next"'),)))
        assert "leads to another host" in failure(api, declare("header"))
        assert not foreign.asked


@pytest.mark.parametrize("way", ["none", "page", "offset", "token", "link", "header"])
def test_a_key_in_the_query_goes_with_every_request_once_and_is_told_nowhere(
    api: HttpApi, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    """The API's links repeat what was asked, the key too; and the library logs every address that it asks."""
    caplog.set_level("DEBUG", logger="urllib3")
    caplog.set_level("DEBUG", logger="tidegate")
    api.paging = way
    api.faults.append(Fault(503))
    asked = replace(declare(way), parameters=(("state", "a b"), ("appid", "of the job")))
    _, records = pull(api, asked, parameters={"appid": "s3cret & more", "v": "2"})
    assert ids(records) == [0, 1, 2, 3, 4]
    assert {one.parameters["appid"] for one in api.asked} == {"s3cret & more"}
    assert {one.parameters["v"] for one in api.asked} == {"2"}
    assert {one.parameters["state"] for one in api.asked} == {"a b"}
    assert all(one.query.count("appid=") == 1 for one in api.asked)
    api.faults.append(Fault(400, (), b"s3cret"))
    with pytest.raises(SourceError, match="the API answered 400") as caught:
        pull(api, asked, parameters={"appid": "s3cret & more"})
    with pytest.raises(SourceError, match="cannot be reached") as unreachable:
        pull(replace(api, port=1), asked, parameters={"appid": "s3cret & more"}, retries=0)
    told = f"{caplog.text} {caught.value} {unreachable.value}"
    assert "/v1/orders" in caplog.text, "the library's own records are among what was looked at"
    assert "s3cret" not in told
    assert "appid" not in told


def test_what_the_library_logs_of_others_requests_is_left_as_it_is(
    api: HttpApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="urllib3")
    api.paging = "none"
    pull(api, declare("none"))
    caplog.clear()
    requests.get(f"{api.url}/orders?theirs=1", timeout=10)
    assert "theirs=1" in caplog.text


@given(
    kept=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "=", "=1", "=%26x", "=a+b"])), max_size=4),
    gone=st.sampled_from([(), ("key",), ("my key",), ("key", "my key")]),
)
def test_other_parameters_of_a_link_stay_as_they_are_written(
    kept: list[tuple[str, str]], gone: tuple[str, ...]
) -> None:
    pairs = [name + value for name, value in kept]
    mixed = [*pairs[:2], *(f"{quote_plus(name)}=s3cret" for name in gone), *pairs[2:]]
    expected = "&".join(pairs)
    found = without_parameters(f"https://h/p?{'&'.join(mixed)}", {"key", "my key"})
    assert found == f"https://h/p{'?' if expected else ''}{expected}"


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


@pytest.mark.parametrize("found", [["x"], {"x": 1}, 1.5, True])
@pytest.mark.parametrize("way", ["token", "link"])
def test_what_cannot_lead_to_a_next_page_fails_the_pull_which_would_end_too_early(
    api: HttpApi, way: Way, found: object
) -> None:
    api.faults.append(Fault(body=json.dumps({"data": {"items": [{"id": 1, "at": 1}]}, "next": found}).encode()))
    assert f"there is no {way} at 'next'" in failure(api, declare(way))


@pytest.mark.parametrize("found", [None, False, ""])
@pytest.mark.parametrize("way", ["token", "link"])
def test_what_says_that_there_is_no_next_page_ends_the_pull(api: HttpApi, way: Way, found: object) -> None:
    api.faults.append(Fault(body=json.dumps({"data": {"items": [{"id": 1, "at": 1}]}, "next": found}).encode()))
    assert ids(pull(api, declare(way))[1]) == [1]
    assert len(api.asked) == 1


def test_an_api_may_give_fewer_records_than_it_was_asked_for(api: HttpApi) -> None:
    for way in ("page", "offset"):
        api.paging, api.asked, api.size = way, [], 2
        paging = replace(PAGINGS[way] or Paging("header"), size=100, size_parameter="limit")
        assert ids(pull(api, replace(declare(way), paging=paging))[1]) == [0, 1, 2, 3, 4]
        assert {asked.parameters["limit"] for asked in api.asked} == {"100"}
