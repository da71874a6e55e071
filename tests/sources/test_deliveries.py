from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from tests.sources.feeds import FEED, write

from tidegate import storage
from tidegate.errors import JobDefinitionError, SourceError
from tidegate.model.declarations import Files
from tidegate.model.deliveries import Delivery
from tidegate.sources.deliveries import Arrived, find_arrived
from tidegate.sources.listing import list_new

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tidegate.storage import FileInfo

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
MARKED = Delivery(HOUR, marker="_SUCCESS")
LISTED = Delivery(HOUR, manifest="manifest.json")


def arrived(root: Path, delivery: Delivery | None, now: datetime = NOON, seen: frozenset[str] = frozenset()) -> Arrived:
    return find_arrived(str(root), Files(FEED, "jsonl", delivery=delivery), seen, now)


def land(root: Path, files: Mapping[str, bytes], at: datetime = NOON) -> None:
    write(root, files)
    for path in files:
        os.utime(root / FEED / path, (at.timestamp(), at.timestamp()))


def paths(found: Arrived) -> list[str]:
    return [file.path for file in found.files]


def manifest(**sizes: int | None) -> bytes:
    files = [{"name": f"{name}.jsonl"} | ({} if size is None else {"bytes": size}) for name, size in sizes.items()]
    return json.dumps({"files": files}).encode()


def test_without_a_delivery_each_file_is_whole(tmp_path: Path) -> None:
    land(tmp_path, {"a.jsonl": b"{}"})
    assert arrived(tmp_path, None) == Arrived(list_new(str(tmp_path), Files(FEED, "jsonl"), frozenset()))


def test_a_folder_waits_for_its_marker_and_others_do_not_wait_for_it(tmp_path: Path) -> None:
    land(tmp_path, {"1/b.jsonl": b"{}", "1/_SUCCESS": b"", "2/a.jsonl": b"{}", "2/c.jsonl": b"{}"})
    land(tmp_path, {"2/a.jsonl": b"{}"}, NOON - timedelta(minutes=5))
    found = arrived(tmp_path, MARKED)
    assert paths(found) == ["1/b.jsonl"]
    assert [str(one) for one in found.waiting] == [
        "2 waits for the marker _SUCCESS, since 2024-01-01T11:55:00+00:00, until 2024-01-01T12:55:00+00:00 (2 files)"
    ]
    land(tmp_path, {"2/_SUCCESS": b""})
    assert paths(arrived(tmp_path, MARKED)) == ["1/b.jsonl", "2/a.jsonl", "2/c.jsonl"]


def test_what_has_been_read_is_not_waited_for(tmp_path: Path) -> None:
    land(tmp_path, {"1/a.jsonl": b"{}"})
    seen = frozenset(file.identity for file in list_new(str(tmp_path), Files(FEED, "jsonl"), frozenset()))
    assert arrived(tmp_path, MARKED, seen=seen) == Arrived(())


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({"a.jsonl": b"{}"}, "the manifest manifest.json"),
        ({"a.jsonl": b"{}", "manifest.json": manifest(a=2, b=2, c=2)}, "2 of the 3 files of manifest.json, such as b"),
        ({"a.jsonl": b"{", "manifest.json": manifest(a=2)}, "the whole of a.jsonl (1 of 2 bytes)"),
        ({"a.jsonl": b"{}", "manifest.json": manifest(a=None)}, None),
        ({"a.jsonl": b"{}", "b.jsonl": b"{}", "manifest.json": manifest(a=2)}, "an entry for b.jsonl in manifest.json"),
        ({"a.jsonl": b"{}", "b.jsonl": b"{}", "manifest.json": manifest(b=2, a=2)}, None),
    ],
)
def test_a_manifest_says_which_files_belong_to_a_folder(
    tmp_path: Path, files: Mapping[str, bytes], missing: str | None
) -> None:
    land(tmp_path, files)
    found = arrived(tmp_path, LISTED)
    assert bool(found.files) == (missing is None)
    assert [one.missing.startswith(str(missing)) for one in found.waiting] == [True] * (missing is not None)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"files": ["a.jsonl"]}',
        b'{"files": [{"name": "a", "bytes": "2"}]}',
        b'{"files": [{"name": "a", "rows": true}]}',
        b"[" * 100_000,
    ],
)
def test_a_manifest_that_is_none_is_an_error(tmp_path: Path, content: bytes) -> None:
    land(tmp_path, {"1/a.jsonl": b"{}", "1/manifest.json": content})
    with pytest.raises(SourceError, match=r"a manifest cannot be understood\n.*orders/1/manifest.json"):
        arrived(tmp_path, LISTED)


def test_a_manifest_that_is_taken_away_while_it_is_looked_at_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that writes its manifest anew takes the old one away first."""
    land(tmp_path, {"1/a.jsonl": b"{}", "1/manifest.json": manifest(a=2)})
    listing = storage.walk_files

    def listed_and_taken_away(place: str, *, suffix: str = "", recursive: bool = True) -> Iterator[FileInfo]:
        yield from listing(place, suffix=suffix, recursive=recursive)
        if place.endswith("/1"):
            (tmp_path / FEED / "1" / "manifest.json").unlink()

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(storage, "walk_files", listed_and_taken_away)
        assert [one.missing for one in arrived(tmp_path, LISTED).waiting] == ["the manifest manifest.json"]
    land(tmp_path, {"1/manifest.json": manifest(a=2)})
    assert paths(arrived(tmp_path, LISTED)) == ["1/a.jsonl"]


def test_the_rows_that_a_manifest_tells_go_with_the_files(tmp_path: Path) -> None:
    listed = {"files": [{"name": "a.jsonl", "rows": 3}, {"name": "b.jsonl"}]}
    land(tmp_path, {"1/a.jsonl": b"{}", "1/b.jsonl": b"{}", "1/manifest.json": json.dumps(listed).encode()})
    assert [file.rows for file in arrived(tmp_path, LISTED).files] == [3, None]


def test_a_folder_is_whole_when_every_expected_file_is_there(tmp_path: Path) -> None:
    both = Delivery(HOUR, expected=("orders_*.jsonl", "lines_*.jsonl"))
    land(tmp_path, {"1/orders_1.jsonl": b"{}", "1/_lines_1.jsonl": b"{}"})
    assert [one.missing for one in arrived(tmp_path, both).waiting] == ["a file lines_*.jsonl"]
    land(tmp_path, {"1/lines_9.jsonl": b"{}"})
    assert paths(arrived(tmp_path, both)) == ["1/lines_9.jsonl", "1/orders_1.jsonl"]


def test_an_overdue_delivery_fails_the_run_or_is_taken_and_told(tmp_path: Path) -> None:
    land(tmp_path, {"1/a.jsonl": b"{}"}, NOON - HOUR)
    assert paths(arrived(tmp_path, MARKED)) == [], "at the deadline itself it may still wait"
    late = NOON + timedelta(seconds=1)
    with pytest.raises(SourceError, match="1 deliveries are overdue: 1 lacks the marker _SUCCESS, since 2024-01-01T11"):
        arrived(tmp_path, MARKED, late)
    found = arrived(tmp_path, Delivery(HOUR, marker="_SUCCESS", overdue="take"), late)
    assert paths(found) == ["1/a.jsonl"]
    assert str(found.waiting[0]).startswith("1 taken without the marker _SUCCESS")


def test_a_delivery_says_what_completes_it() -> None:
    with pytest.raises(JobDefinitionError, match="nothing says when a delivery is whole"):
        Delivery(HOUR)
