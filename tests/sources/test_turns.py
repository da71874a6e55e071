from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tidegate.errors import SourceError
from tidegate.model.waiting import Waiting
from tidegate.sources.deliveries import Arrived
from tidegate.sources.listing import LandedFile
from tidegate.sources.turns import next_snapshot

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)


def turn(*paths: str, seen: tuple[str, ...] = (), waiting: tuple[str, ...] = ()) -> list[str]:
    files = tuple(LandedFile(path, path, 1, NOON) for path in paths)
    held = tuple(Waiting(folder, "a marker", "", "", 1) for folder in waiting)
    return [file.path for file in next_snapshot(Arrived(files, held), frozenset(seen), "products")]


def test_the_oldest_snapshot_comes_first_and_whole() -> None:
    assert turn("d2/a", "d1/b", "d1/a") == ["d1/a", "d1/b"]
    assert turn("p2.csv", "p1.csv") == ["p1.csv"]
    assert turn() == []


def test_a_snapshot_waits_for_one_before_it_that_is_not_whole() -> None:
    assert turn("d2/a", waiting=("d1",)) == []
    assert turn("d2/a", waiting=("d3",)) == ["d2/a"]


@pytest.mark.parametrize("path", ["d1/a", "d2/b"])
def test_a_feed_that_goes_backwards_is_an_error(path: str) -> None:
    with pytest.raises(SourceError, match=r"the feed went backwards: d. has new files, and d2 has been read"):
        turn(path, "d3/a", seen=("d1/x@1", "d2/a@1#etag:x"))
