from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import StorageError
from tidegate.storage import is_local, join, local_path
from tidegate.storage.address import parse, without_user

NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: name not in {".", ".."}
)
ROOTS = st.sampled_from(["data", "/data/lake", "file:///data/lake", "s3://bucket", "s3a://bucket/prefix/", "/"])


@given(ROOTS, st.lists(NAMES, min_size=1))
def test_what_is_joined_stays_below_the_root(root: str, names: list[str]) -> None:
    joined = parse(join(root, *names))
    base = parse(root)

    assert (joined.kind, joined.bucket) == (base.kind, base.bucket)
    assert joined.path.rstrip("/").removeprefix(base.path).strip("/").split("/") == "/".join(names).rstrip("/").split(
        "/"
    )


@given(ROOTS, NAMES, NAMES)
def test_joining_names_one_by_one_or_at_once_is_the_same(root: str, first: str, second: str) -> None:
    assert join(root, first, second) == join(join(root, first), second) == join(root, f"{first}/{second}")


@pytest.mark.parametrize("part", ["", "..", "a/../b", "/etc/passwd", ".", "a//b", "../..", "a\0b"])
def test_a_part_that_would_lead_out_of_the_folder_is_refused(part: str) -> None:
    with pytest.raises(StorageError, match="not a name below a folder"):
        join("s3://bucket/lake", part)


@pytest.mark.parametrize(
    ("uri", "kind", "bucket", "path"),
    [
        ("data/lake", "local", "", "data/lake"),
        ("data/lake/", "local", "", "data/lake"),
        ("/", "local", "", "/"),
        ("file:///data/lake", "local", "", "/data/lake"),
        ("file:/data/lake", "local", "", "/data/lake"),
        ("file://localhost/data", "local", "", "/data"),
        ("file:///a%20b", "local", "", "/a%20b"),
        ("a:b", "local", "", "a:b"),
        ("s3://bucket/a/b", "s3", "bucket", "a/b"),
        ("s3a://bucket/a/b/", "s3", "bucket", "a/b"),
        ("S3://bucket", "s3", "bucket", ""),
    ],
)
def test_an_address_means_one_place(uri: str, kind: str, bucket: str, path: str) -> None:
    address = parse(uri)

    assert (address.kind, address.bucket, address.path) == (kind, bucket, path)
    assert is_local(uri) == (kind == "local")


@pytest.mark.parametrize(
    "uri", ["", "s3n://bucket/x", "viewfs://node/data", "dbfs:/x", "s3:///x", "s3:/x", "file://host/x"]
)
def test_an_address_that_cannot_be_served_is_refused_with_what_is_allowed(uri: str) -> None:
    with pytest.raises(StorageError) as caught:
        parse(uri)

    assert caught.value.hint


def test_a_local_path_of_an_object_is_refused() -> None:
    assert local_path("file:///data/x") == "/data/x"
    with pytest.raises(StorageError, match="path of this machine"):
        local_path("s3://bucket/x")


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=8))
def test_credentials_in_an_address_are_refused_and_not_shown(secret: str) -> None:
    cleaned = secret.replace("/", "x")
    with pytest.raises(StorageError) as caught:
        parse(f"s3://user:{cleaned}@bucket/x")

    assert cleaned not in str(caught.value)
    assert without_user(f"s3://user:{cleaned}@bucket/x") == "s3://***@bucket/x"
