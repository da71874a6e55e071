"""Where bytes are: what a URI means, and how a longer one is made from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tidegate.errors import StorageError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(?=/)")
_S3 = frozenset({"s3", "s3a"})
_CONTAINER_BEFORE_HOST = frozenset({"abfs", "abfss"})  # Azure's way: abfss://container@account.dfs.core.windows.net
_USER_INFO = re.compile(r"(?<=//)[^/]*@")
_ALLOWED = "write a path, file:///path, or s3://bucket/key (s3a:// means the same)"
_LIBRARIES = "gs://, hdfs://, abfss:// and other stores that fsspec knows can be read"


@dataclass(frozen=True)
class Address:
    """A URI in its parts.

    Attributes:
        uri: The URI as it was given, without a slash at its end.
        kind: The kind of store that holds it; `other` for those that can only be read.
        bucket: The bucket; empty for a local path and for other stores.
        path: The local path, the key within the bucket (empty for the bucket itself), or what follows the scheme.
    """

    uri: str
    kind: Literal["local", "s3", "other"]
    bucket: str
    path: str


def parse(uri: str) -> Address:
    """Return the parts of a URI.

    Raises:
        StorageError: It is empty, holds a user name or a password, or names a store that is not supported.
    """
    if not uri or "\0" in uri:
        raise StorageError("an address is empty or holds a NUL character", hint=_ALLOWED)
    found = _SCHEME.match(uri)
    if found is None:
        return Address(_trimmed(uri), "local", "", _trimmed(uri))
    scheme, rest = found.group(1).lower(), uri[found.end() :]
    user = _USER_INFO.search(uri)
    if user and (scheme not in _CONTAINER_BEFORE_HOST or ":" in user.group()):
        raise StorageError(
            "an address holds a user name or a password",
            where=without_user(uri),
            hint="credentials come from the platform or the environment, never from an address",
        )
    if scheme == "file":
        return Address(_trimmed(uri), "local", "", _file_path(uri, rest))
    if not rest.startswith("//") or (scheme not in _S3 and not _is_known(scheme)):
        raise StorageError(
            f"addresses that start with {scheme}: are not supported", where=uri, hint=f"{_ALLOWED}; {_LIBRARIES}"
        )
    if scheme not in _S3:
        return Address(uri.rstrip("/"), "other", "", rest[2:].rstrip("/"))
    bucket, _, key = rest[2:].partition("/")
    if not bucket:
        raise StorageError("the address names no bucket", where=uri, hint="write s3://bucket/key")
    return Address(uri.rstrip("/"), "s3", bucket, key.rstrip("/"))


def join(uri: str, *parts: str) -> str:
    """Return the URI of something below `uri`; it can never be above or beside it.

    Args:
        uri: A folder.
        parts: Names or relative paths below it, in order.

    Raises:
        StorageError: A part is empty or absolute, or holds `.`, `..` or an empty name.
    """
    base = parse(uri).uri
    for part in parts:
        segments = part.removesuffix("/").split("/")
        if any(segment in {"", ".", ".."} or "\0" in segment for segment in segments):
            raise StorageError(
                f"{part!r} is not a name below a folder", where=uri, hint="relative names only, without . and .."
            )
        base = f"{base.removesuffix('/')}/{'/'.join(segments)}"
    return base


def is_local(uri: str) -> bool:
    """Return whether a URI is a path of this machine."""
    return parse(uri).kind == "local"


def is_writable(uri: str) -> bool:
    """Return whether files can be written there, and not only read."""
    return parse(uri).kind != "other"


def is_s3(uri: str) -> bool:
    """Return whether a URI names an object or a folder in S3."""
    return uri.partition("://")[0].lower() in _S3


def with_s3_scheme(uri: str, scheme: Literal["s3", "s3a"]) -> str:
    """Return a URI with this scheme if it is in S3, and as it is otherwise.

    EMRFS, Glue and Databricks read `s3://`, open-source Spark reads `s3a://`.
    """
    found = _SCHEME.match(uri)
    return f"{scheme}:{uri[found.end() :]}" if found and found.group(1).lower() in _S3 else uri


def local_path(uri: str) -> str:
    """Return the path of this machine that a URI means.

    Raises:
        StorageError: The URI is not local.
    """
    address = parse(uri)
    if address.kind != "local":
        raise StorageError("a path of this machine is needed here", where=uri, hint="write a path or file:///path")
    return address.path


def without_user(uri: str) -> str:
    """Return a URI as it may be shown: without user name and password."""
    return _USER_INFO.sub("***@", uri)


def _is_known(scheme: str) -> bool:
    from fsspec import available_protocols  # noqa: PLC0415 - slow to load, and rarely needed

    return scheme in _CONTAINER_BEFORE_HOST or scheme in available_protocols()


def _file_path(uri: str, rest: str) -> str:
    """Return the path of a file URI. It is taken as it is written, as Hadoop does: `%20` is not a space."""
    if not rest.startswith("//"):
        return _trimmed(rest)
    host, slash, path = rest[2:].partition("/")
    if host not in {"", "localhost"} or not slash:
        raise StorageError("a file address names another machine", where=uri, hint="write file:///path")
    return _trimmed("/" + path)


def _trimmed(path: str) -> str:
    return path.rstrip("/") or "/"
