"""What holds for every kind of store."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidegate import storage
from tidegate.errors import AlreadyExistsError, MissingFileError, StorageError
from tidegate.storage.address import parse
from tidegate.storage.s3 import S3Store, connect


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"x" * 300_000])
def test_what_is_written_is_read(root: str, data: bytes) -> None:
    uri = storage.join(root, "deep/er", "file.bin")
    storage.write_new(uri, data)

    assert storage.read_bytes(uri) == data


@pytest.mark.parametrize("name", ["a b+c%20=?&#*[1].json", "dt=2024-01-01", "prix-été-价格.json", "_x", ".hidden"])
def test_names_are_taken_as_they_are(root: str, name: str) -> None:
    storage.write_new(storage.join(root, name), b"1")

    assert storage.read_bytes(storage.join(root, name)) == b"1"
    assert storage.list_names(root) == (name,)
    assert [file.uri for file in storage.list_files(root)] == [storage.join(root, name)]


def test_a_new_file_never_replaces_one_that_is_there(root: str) -> None:
    uri = storage.join(root, "taken")
    storage.write_new(uri, b"first")

    with pytest.raises(AlreadyExistsError) as caught:
        storage.write_new(uri, b"second")

    assert storage.read_bytes(uri) == b"first"
    assert caught.value.where == uri
    assert not caught.value.retryable


def test_replace_writes_whether_or_not_something_is_there(root: str) -> None:
    uri = storage.join(root, "sub", "x")
    storage.replace(uri, b"first")
    storage.replace(uri, b"2")

    assert storage.read_bytes(uri) == b"2"
    assert storage.list_names(storage.join(root, "sub")) == ("x",)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(payloads=st.lists(st.binary(min_size=1, max_size=5_000), min_size=2, max_size=6, unique=True))
def test_of_writers_at_the_same_time_exactly_one_wins_and_its_content_is_whole(
    root: str, payloads: list[bytes]
) -> None:
    uri = storage.join(root, uuid.uuid4().hex)
    start = threading.Barrier(len(payloads))

    def write(data: bytes) -> bytes | None:
        start.wait()
        try:
            storage.write_new(uri, data)
        except AlreadyExistsError:
            return None
        return data

    with ThreadPoolExecutor(len(payloads)) as pool:
        winners = [data for data in pool.map(write, payloads) if data is not None]

    assert winners == [storage.read_bytes(uri)]


def test_files_are_listed_with_their_facts_sorted_by_address(root: str) -> None:
    for name, size in {"b/2.json": 2, "a.json": 1, "b/c/3.csv": 3, "b-x/4.json": 4}.items():
        storage.write_new(storage.join(root, name), b"x" * size)

    found = storage.list_files(root)

    assert [(file.uri, file.size) for file in found] == [
        (storage.join(root, name), size)
        for name, size in [("a.json", 1), ("b-x/4.json", 4), ("b/2.json", 2), ("b/c/3.csv", 3)]
    ]
    now = datetime.now(timezone.utc)
    assert all(file.modified_at.utcoffset() == timedelta(0) for file in found)
    assert all(abs(now - file.modified_at) < timedelta(minutes=5) for file in found)


def test_a_listing_can_be_cut_to_a_suffix_and_to_one_folder(root: str) -> None:
    for name in ("a.json", "a.csv", "b/c.json"):
        storage.write_new(storage.join(root, name), b"")

    def listed(suffix: str, *, recursive: bool) -> list[str]:
        files = storage.list_files(root, suffix=suffix, recursive=recursive)
        return [file.uri.removeprefix(f"{root}/") for file in files]

    assert listed(".json", recursive=True) == ["a.json", "b/c.json"]
    assert listed(".json", recursive=False) == ["a.json"]
    assert listed("", recursive=False) == ["a.csv", "a.json"]
    assert storage.list_names(root) == ("a.csv", "a.json", "b")
    assert storage.list_names(root + "/") == ("a.csv", "a.json", "b")


def test_a_listing_of_a_file_is_that_file(root: str) -> None:
    uri = storage.join(root, "a.json")
    storage.write_new(uri, b"12")

    assert [(file.uri, file.size) for file in storage.list_files(uri)] == [(uri, 2)]


def test_nothing_is_below_a_folder_that_is_missing(root: str) -> None:
    missing = storage.join(root, "missing")

    assert storage.list_files(missing) == ()
    assert storage.list_names(missing) == ()
    assert not storage.exists(missing)


def test_reading_what_is_missing_says_so(root: str) -> None:
    uri = storage.join(root, "missing")

    with pytest.raises(MissingFileError) as caught:
        storage.read_bytes(uri)

    assert caught.value.where == uri


def test_files_and_folders_exist_and_their_beginnings_do_not(root: str) -> None:
    storage.write_new(storage.join(root, "folder/file"), b"")

    assert storage.exists(storage.join(root, "folder/file"))
    assert storage.exists(storage.join(root, "folder"))
    assert not storage.exists(storage.join(root, "fold"))
    assert not storage.exists(storage.join(root, "folder/fil"))
    assert not storage.exists(storage.join(root, "folder/file/below"))


def test_a_removed_file_is_gone_and_may_be_removed_again(root: str) -> None:
    uri = storage.join(root, "x")
    storage.write_new(uri, b"")
    storage.delete(uri)
    storage.delete(uri)

    assert not storage.exists(uri)


def test_a_removed_folder_is_gone_with_all_below_it_and_nothing_else(root: str) -> None:
    for name in ("a/1", "a/b/2", "a-neighbour/3", "a.json"):
        storage.write_new(storage.join(root, name), b"")
    storage.delete_tree(storage.join(root, "a"))
    storage.delete_tree(storage.join(root, "a"))

    assert not storage.exists(storage.join(root, "a"))
    assert [file.uri for file in storage.list_files(root)] == [
        storage.join(root, name) for name in ("a-neighbour/3", "a.json")
    ]


@pytest.mark.integration
def test_both_names_of_s3_mean_the_same_object(s3_bucket: str) -> None:
    storage.write_new(f"s3://{s3_bucket}/a/x", b"1")

    assert storage.read_bytes(f"s3a://{s3_bucket}/a/x") == b"1"
    (found,) = storage.list_files(f"s3a://{s3_bucket}")
    assert found.uri == f"s3a://{s3_bucket}/a/x"
    assert found.etag is not None
    assert '"' not in found.etag


@pytest.mark.integration
def test_a_missing_bucket_is_an_error_that_names_the_address(s3_bucket: str) -> None:
    with pytest.raises(StorageError) as caught:
        storage.write_new(f"s3://{s3_bucket}-missing/x", b"1")

    assert caught.value.where == f"s3://{s3_bucket}-missing/x"
    assert not caught.value.retryable


@pytest.mark.integration
def test_more_objects_than_a_page_holds_are_listed_and_removed(s3_bucket: str) -> None:
    uri = f"s3://{s3_bucket}/many"
    store = S3Store(connect(uri), page_size=2)
    names = tuple(f"{number}" for number in range(5))
    for name in names:
        storage.write_new(storage.join(uri, name), b"")

    assert tuple(store.list_names(parse(uri))) == names
    assert len(list(store.list_files(parse(uri), recursive=True))) == 5
    store.delete_tree(parse(uri))
    assert not storage.exists(uri)
