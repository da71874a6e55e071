"""Stores that fsspec knows: read, listed, never written."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import fsspec
import pytest

from tidegate import storage
from tidegate.errors import MissingFileError, SourceError, StorageError
from tidegate.model.declarations import Files
from tidegate.sources.listing import list_new

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def landing() -> Iterator[str]:
    """Return a folder with three files in a store that is neither local nor S3."""
    root = f"memory://zone-{uuid.uuid4().hex}"
    files = fsspec.filesystem("memory")
    for name, data in {"sales/b.csv": b"id\n1\n", "sales/day=1/a.csv": b"id\n2\n3\n", "sales/_tmp.csv": b"x"}.items():
        files.pipe_file(f"{root}/{name}", data)
    yield root
    files.rm(root, recursive=True)


def test_files_are_listed_with_size_and_time(landing: str) -> None:
    found = storage.list_files(storage.join(landing, "sales"), suffix=".csv")

    assert [(file.uri.removeprefix(landing), file.size) for file in found] == [
        ("/sales/_tmp.csv", 1),
        ("/sales/b.csv", 5),
        ("/sales/day=1/a.csv", 7),
    ]
    assert all(timedelta(0) <= datetime.now(timezone.utc) - file.modified_at < timedelta(hours=1) for file in found)


def test_folders_below_are_left_out_when_asked(landing: str) -> None:
    found = storage.list_files(storage.join(landing, "sales"), recursive=False)

    assert {file.uri.removeprefix(landing) for file in found} == {"/sales/b.csv", "/sales/_tmp.csv"}
    assert storage.list_names(storage.join(landing, "sales")) == ("_tmp.csv", "b.csv", "day=1")


def test_a_file_is_read_whole_and_lists_itself(landing: str) -> None:
    uri = storage.join(landing, "sales/b.csv")

    assert storage.read_bytes(uri) == b"id\n1\n"
    assert [file.uri for file in storage.list_files(uri)] == [uri]
    assert storage.exists(uri)


def test_what_is_missing_is_missing(landing: str) -> None:
    uri = storage.join(landing, "returns")

    assert storage.list_files(uri) == ()
    assert storage.list_names(uri) == ()
    assert not storage.exists(uri)
    with pytest.raises(MissingFileError) as caught:
        storage.read_bytes(uri)
    assert caught.value.where == uri


def test_a_feed_may_land_there(landing: str) -> None:
    found = list_new(landing, Files("sales", "csv"), frozenset())

    assert [(file.path, file.uri) for file in found] == [
        ("b.csv", f"{landing}/sales/b.csv"),
        ("day=1/a.csv", f"{landing}/sales/day=1/a.csv"),
    ]
    assert list_new(landing, Files("sales", "csv"), frozenset(file.identity for file in found)) == ()


@pytest.mark.parametrize(
    "write",
    [
        lambda uri: storage.write_new(uri, b"1"),
        lambda uri: storage.replace(uri, b"1"),
        storage.delete,
        storage.delete_tree,
    ],
    ids=["write_new", "replace", "delete", "delete_tree"],
)
def test_nothing_is_written_or_removed(landing: str, write: Callable[[str], None]) -> None:
    uri = storage.join(landing, "sales/b.csv")

    with pytest.raises(StorageError) as caught:
        write(uri)

    assert storage.read_bytes(uri) == b"id\n1\n"
    assert caught.value.where == uri
    assert "S3" in str(caught.value)


def test_a_store_whose_package_is_missing_says_what_to_install() -> None:
    with pytest.raises(StorageError) as caught:
        storage.list_files("dropbox://team/landing")

    assert "dropbox" in str(caught.value)
    assert "install" in str(caught.value)


def test_an_azure_container_is_no_user_name_but_a_password_is_one() -> None:
    assert not storage.is_local("abfss://landing@account.dfs.core.windows.net/sales")
    with pytest.raises(StorageError) as caught:
        storage.is_local("abfss://user:topsecret@account.dfs.core.windows.net/sales")
    assert "topsecret" not in str(caught.value)


def test_a_feed_that_is_a_file_is_refused_there_too(landing: str) -> None:
    with pytest.raises(SourceError, match="the feed is a file"):
        list_new(storage.join(landing, "sales"), Files("b.csv", "csv"), frozenset())
