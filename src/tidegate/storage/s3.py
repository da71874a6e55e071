"""Objects in S3, through s3fs. Only this module knows it, and it is loaded when the first S3 address is used."""

from __future__ import annotations

import uuid
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TypedDict, cast

from tidegate.errors import AlreadyExistsError, MissingExtraError, MissingFileError, StorageError
from tidegate.storage.s3_failures import RETRYABLE_CODES, code_of, failure
from tidegate.storage.store import FileInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.storage.address import Address

_WRITER = "tidegate-writer"
_CONFLICT_ATTEMPTS = 4
_CONDITIONAL_PUT_SINCE = (1, 36)
_TAKEN = frozenset({"PreconditionFailed", "412"})
_CONFLICT = frozenset({"ConditionalRequestConflict", "OperationAborted", "409"})
_FOLDER_MARK = "_$folder$"  # what Hadoop's old S3 file systems leave in place of an empty folder


class S3Client(Protocol):
    """The two calls of `s3fs.S3FileSystem` that are used."""

    def call_s3(self, method: str, **arguments: object) -> object:
        """Return the answer of an S3 operation; failures are `OSError`s whose cause is botocore's."""

    def cat_file(self, path: str) -> bytes:
        """Return the content of `bucket/key`."""


class _Object(TypedDict):
    Key: str
    Size: int
    LastModified: datetime
    ETag: str


class _Prefix(TypedDict):
    Prefix: str


class _Page(TypedDict, total=False):
    Contents: list[_Object]
    CommonPrefixes: list[_Prefix]
    NextContinuationToken: str


class _Head(TypedDict):
    ContentLength: int
    LastModified: datetime
    ETag: str
    Metadata: dict[str, str]


class _Deleted(TypedDict, total=False):
    Errors: list[dict[str, str]]


def connect(uri: str) -> S3Client:
    """Return a client; credentials, region and end point (`AWS_ENDPOINT_URL`) come from AWS's own settings.

    Raises:
        MissingExtraError: s3fs is not installed.
        StorageError: botocore is so old that it would silently leave out the condition of an exclusive write.
    """
    try:
        s3fs, botocore = import_module("s3fs"), import_module("botocore")
    except ImportError as error:
        raise MissingExtraError("s3fs", extra="aws", purpose=f"reaching {uri}") from error
    version = tuple(int(number) for number in botocore.__version__.split(".")[:2])
    if version < _CONDITIONAL_PUT_SINCE:
        raise StorageError(
            f"botocore {botocore.__version__} cannot write an object exclusively",
            where=uri,
            hint="pip install 'botocore>=1.36'",
        )
    return cast("S3Client", s3fs.S3FileSystem(use_listings_cache=False))


class S3Store:
    """Objects in S3. A single PUT is atomic, and `If-None-Match` makes it exclusive."""

    def __init__(self, client: S3Client, *, page_size: int = 1000) -> None:
        """Keep the client.

        Args:
            client: Asks S3.
            page_size: Objects that one listing, or one removal, takes; S3 allows 1,000.
        """
        self._client = client
        self._page_size = page_size

    def read_bytes(self, address: Address) -> bytes:
        """Return the whole content."""
        with _wrapped("read", address):
            return self._client.cat_file(f"{address.bucket}/{address.path}")

    def write_new(self, address: Address, data: bytes) -> None:
        """Put the object if its key is free. A conflict with a writer that is not done yet is asked again."""
        writer = uuid.uuid4().hex
        with _wrapped("written", address):
            for _ in range(_CONFLICT_ATTEMPTS):
                if self._is_put(address, data, writer):
                    return
        raise StorageError(
            "other writers are writing the same object", where=address.uri, hint="try again", retryable=True
        )

    def replace(self, address: Address, data: bytes) -> None:
        """Put the object."""
        with _wrapped("written", address):
            self._put(address, data, writer=uuid.uuid4().hex, condition={})

    def list_files(self, address: Address, *, recursive: bool) -> Iterator[FileInfo]:
        """Yield the objects below a prefix, or the object itself."""
        is_empty = True
        with _wrapped("listed", address):
            for page in self._pages(address, delimiter="" if recursive else "/"):
                is_empty = is_empty and not page.get("Contents") and not page.get("CommonPrefixes")
                yield from _files(address, page)
            if is_empty and address.path:
                yield from self._itself(address)

    def list_names(self, address: Address) -> Iterator[str]:
        """Yield the last parts of the keys and prefixes right below a prefix."""
        cut = len(_prefix(address))
        with _wrapped("listed", address):
            for page in self._pages(address, delimiter="/"):
                names = [found["Key"][cut:] for found in page.get("Contents", [])]
                names += [found["Prefix"][cut:].removesuffix("/") for found in page.get("CommonPrefixes", [])]
                yield from (name for name in names if name and not name.endswith(_FOLDER_MARK))

    def exists(self, address: Address) -> bool:
        """Return whether there is an object, or something below it."""
        if address.path and self._is_object(address):
            return True
        with _wrapped("looked up", address):
            return any(page.get("Contents") for page in self._pages(address, delimiter=""))

    def delete(self, address: Address) -> None:
        """Remove an object."""
        with _wrapped("removed", address):
            self._client.call_s3("delete_object", Bucket=address.bucket, Key=address.path)

    def delete_tree(self, address: Address) -> None:
        """Remove all objects below a prefix, a page at a time; never those of a whole bucket."""
        if not address.path:
            raise StorageError("a whole bucket is never removed", where=address.uri, hint="name a folder in it")
        with _wrapped("removed", address):
            for page in self._pages(address, delimiter=""):
                keys = [{"Key": found["Key"]} for found in page.get("Contents", [])]
                if keys:
                    self._delete_all(address, keys)

    def _is_put(self, address: Address, data: bytes, writer: str) -> bool:
        """Return whether the object is ours now; False asks for another attempt.

        A refusal may be the echo of our own success, when the first answer was lost and the client asked again: the
        writer's mark in the object's metadata tells.
        """
        try:
            self._put(address, data, writer=writer, condition={"IfNoneMatch": "*"})
        except OSError as error:
            if code_of(error) in _CONFLICT:
                return False
            if not _is_taken(error):
                raise
            if self._head(address)["Metadata"].get(_WRITER) != writer:
                raise AlreadyExistsError(
                    "the object exists already", where=address.uri, hint="another writer came first"
                ) from error
        return True

    def _delete_all(self, address: Address, keys: list[dict[str, str]]) -> None:
        answer = self._client.call_s3("delete_objects", Bucket=address.bucket, Delete={"Objects": keys, "Quiet": True})
        refused = cast("_Deleted", answer).get("Errors", [])
        if refused:
            raise StorageError(
                f"{len(refused)} of {len(keys)} objects were not removed ({refused[0].get('Code', 'no reason given')})",
                where=address.uri,
                hint="check the permission s3:DeleteObject",
                retryable=any(error.get("Code") in RETRYABLE_CODES for error in refused),
            )

    def _put(self, address: Address, data: bytes, *, writer: str, condition: dict[str, str]) -> None:
        self._client.call_s3(
            "put_object", Bucket=address.bucket, Key=address.path, Body=data, Metadata={_WRITER: writer}, **condition
        )

    def _head(self, address: Address) -> _Head:
        return cast("_Head", self._client.call_s3("head_object", Bucket=address.bucket, Key=address.path))

    def _itself(self, address: Address) -> Iterator[FileInfo]:
        with suppress(FileNotFoundError):
            head = self._head(address)
            yield _info(address.uri, head["ContentLength"], head["LastModified"], head["ETag"])

    def _is_object(self, address: Address) -> bool:
        with _wrapped("looked up", address):
            try:
                self._head(address)
            except FileNotFoundError:
                return False
            return True

    def _pages(self, address: Address, *, delimiter: str) -> Iterator[_Page]:
        arguments: dict[str, object] = {
            "Bucket": address.bucket,
            "Prefix": _prefix(address),
            "MaxKeys": self._page_size,
        }
        if delimiter:
            arguments["Delimiter"] = delimiter
        while True:
            page = cast("_Page", self._client.call_s3("list_objects_v2", **arguments))
            yield page
            token = page.get("NextContinuationToken")
            if not token:
                return
            arguments["ContinuationToken"] = token


def _prefix(address: Address) -> str:
    return f"{address.path}/" if address.path else ""


def _files(address: Address, page: _Page) -> Iterator[FileInfo]:
    cut = len(_prefix(address))
    for found in page.get("Contents", []):
        if not found["Key"].endswith(("/", _FOLDER_MARK)):
            yield _info(f"{address.uri}/{found['Key'][cut:]}", found["Size"], found["LastModified"], found["ETag"])


def _info(uri: str, size: int, modified_at: datetime, etag: str) -> FileInfo:
    return FileInfo(uri, size, modified_at.astimezone(timezone.utc), etag.strip('"'))


def _is_taken(error: OSError) -> bool:
    return isinstance(error, FileExistsError) or code_of(error) in _TAKEN


@contextmanager
def _wrapped(done: str, address: Address) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except FileNotFoundError as error:
        if code_of(error) == "NoSuchBucket":
            hint = "create the bucket, or correct the address; the account may be another one, too"
            raise MissingFileError("there is no such bucket", where=address.uri, hint=hint) from error
        raise MissingFileError("there is no such object or bucket", where=address.uri) from error
    except Exception as error:  # s3fs passes on what botocore, aiohttp and asyncio raise, and they share no base class
        raise failure(done, address, error) from error
