"""Pages are asked for over real sockets: again where it helps, never elsewhere, and errors tell no content."""

from __future__ import annotations

import json
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

from tidegate.errors import SourceError
from tidegate.model.cursors import CursorMark
from tidegate.model.paging import Paging
from tidegate.sources.http_client import without_parameters

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


def test_an_api_may_give_fewer_records_than_it_was_asked_for(api: HttpApi) -> None:
    for way in ("page", "offset"):
        api.paging, api.asked, api.size = way, [], 2
        paging = replace(PAGINGS[way] or Paging("header"), size=100, size_parameter="limit")
        assert ids(pull(api, replace(declare(way), paging=paging))[1]) == [0, 1, 2, 3, 4]
        assert {asked.parameters["limit"] for asked in api.asked} == {"100"}
