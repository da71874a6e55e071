from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.feeds import FEED, landed, write

from tidegate import storage
from tidegate.errors import SourceError
from tidegate.model.declarations import Files
from tidegate.sources.listing import list_new

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.model.declarations import Identity

ORDERS = Files(FEED, "jsonl")
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=5)
PATHS = st.lists(NAMES.filter(lambda name: name not in {".", ".."}), min_size=1, max_size=3).map("/".join)


def paths(root: str, seen: frozenset[str] = frozenset(), files: Files = ORDERS) -> list[str]:
    return [file.path for file in list_new(root, files, seen)]


@given(names=st.sets(PATHS, max_size=6), contents=st.lists(st.binary(max_size=3), min_size=6, max_size=6))
def test_what_has_been_seen_is_never_listed_again_and_the_rest_always_is(
    names: set[str], contents: list[bytes]
) -> None:
    with landed({}) as root:
        files = {f"{name}.jsonl": content for name, content in zip(sorted(names), contents, strict=False)}
        write(root, files)
        visible = sorted(path for path in files if not any(part[0] in "._" for part in path.split("/")))
        found = list_new(root, ORDERS, frozenset())
        assert [file.path for file in found] == visible
        half = frozenset(file.identity for file in found[::2])
        assert list_new(root, ORDERS, half) == tuple(file for file in found if file.identity not in half)
        assert list_new(root, ORDERS, frozenset(file.identity for file in found)) == ()


def test_a_known_path_with_another_size_is_a_new_delivery(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": b"{}"})
    seen = frozenset(file.identity for file in list_new(str(tmp_path), ORDERS, frozenset()))
    assert seen == {"a.jsonl@2"}
    write(tmp_path, {"a.jsonl": b"{}\n{}"})
    assert paths(str(tmp_path), seen) == ["a.jsonl"]


def test_only_files_with_the_ending_are_listed_empty_ones_among_them(tmp_path: Path) -> None:
    write(tmp_path, {"b.jsonl": b"", "a/c.jsonl": b"{}", "d.csv": b"x", "e.jsonl.gz": b"z"})
    assert paths(str(tmp_path)) == ["a/c.jsonl", "b.jsonl"]
    assert paths(str(tmp_path), files=Files(FEED, "csv")) == ["d.csv"]
    assert paths(str(tmp_path), files=Files(FEED, "jsonl", suffix=".jsonl.gz")) == ["e.jsonl.gz"]


def test_a_file_knows_its_address_whatever_the_root_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "zone", {"day/a b.jsonl": b"{}"})
    monkeypatch.chdir(tmp_path)
    for root in ("zone", "zone/", "./zone", str(tmp_path / "zone"), f"file://{tmp_path}/zone"):
        (file,) = list_new(root, ORDERS, frozenset())
        assert file.uri == f"file://{tmp_path}/zone/{FEED}/day/a b.jsonl"
        assert file.feed_uri == f"file://{tmp_path}/zone/{FEED}"
        assert file.modified_at.utcoffset() is not None


def test_a_feed_that_has_not_begun_has_no_files(tmp_path: Path) -> None:
    assert paths(str(tmp_path)) == []


def test_a_landing_zone_that_is_not_set_is_an_error() -> None:
    with pytest.raises(SourceError, match="no landing zone"):
        paths("")


def test_a_feed_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_bytes(b"{}")
    with pytest.raises(SourceError, match=r"the feed is a file(.|\n)*one\.jsonl"):
        paths(str(tmp_path), files=Files("one.jsonl", "jsonl"))


def identities(root: str, rule: Identity) -> frozenset[str]:
    return frozenset(file.identity for file in list_new(root, replace(ORDERS, identity=rule), frozenset()))


def written_at(path: Path, seconds: int) -> None:
    os.utime(path, (seconds, seconds))


def test_a_correction_of_the_same_size_is_noticed_by_the_time_it_was_written(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": b"{1}", "b.jsonl": b"{1}"})
    for name in ("a", "b"):
        written_at(tmp_path / FEED / f"{name}.jsonl", 1_700_000_000)
    seen = identities(str(tmp_path), "modified")
    assert "a.jsonl@3#modified:2023-11-14T22:13:20+00:00" in seen
    write(tmp_path, {"a.jsonl": b"{2}"})
    assert paths(str(tmp_path), seen, replace(ORDERS, identity="modified")) == ["a.jsonl"]
    assert paths(str(tmp_path), identities(str(tmp_path), "size")) == []


@pytest.mark.integration
def test_a_correction_of_the_same_size_is_noticed_by_its_etag(s3_bucket: str) -> None:
    root = f"s3://{s3_bucket}/landing"
    for name in ("a", "b"):
        storage.replace(f"{root}/{FEED}/{name}.jsonl", b"{1}")
    seen = identities(root, "etag")
    assert paths(root, seen, replace(ORDERS, identity="etag")) == []
    storage.replace(f"{root}/{FEED}/a.jsonl", b"{2}")
    assert paths(root, seen, replace(ORDERS, identity="etag")) == ["a.jsonl"]
    assert paths(root, identities(root, "size")) == []


def test_a_store_without_etags_says_so(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": b"{}"})
    with pytest.raises(SourceError, match=r'no ETags(.|\n)*identity="modified"'):
        list_new(str(tmp_path), replace(ORDERS, identity="etag"), frozenset())


@pytest.mark.parametrize("before", ["size", "modified"])
@pytest.mark.parametrize("after", ["size", "modified"])
def test_another_rule_does_not_bring_what_was_read_before(tmp_path: Path, before: Identity, after: Identity) -> None:
    write(tmp_path, {"a.jsonl": b"{}", "b@2#modified:x.jsonl": b"{}"})
    seen = identities(str(tmp_path), before)
    chosen = replace(ORDERS, identity=after)
    assert paths(str(tmp_path), seen, chosen) == []
    write(tmp_path, {"a.jsonl": b"{} ", "c.jsonl": b"{}"})
    assert paths(str(tmp_path), seen, chosen) == ["a.jsonl", "c.jsonl"]
