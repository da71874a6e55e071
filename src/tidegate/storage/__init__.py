"""Bytes at a URI: local files and S3 objects behind one small set of functions.

`s3://` and `s3a://` mean the same; a plain path and `file://` are local. Local files need no further package, S3
needs the extra `tidegate[aws]`, loaded at the first use. Other stores that fsspec knows (HDFS, Google Cloud Storage,
Azure, ...) can be read with its package for them, and not be written. Every failure is a `StorageError` that knows
whether to try again.
"""

from __future__ import annotations

from tidegate.storage.address import is_local, is_s3, is_writable, join, local_path, with_s3_scheme
from tidegate.storage.operations import (
    delete,
    delete_tree,
    exists,
    list_files,
    list_names,
    read_bytes,
    replace,
    walk_files,
    write_new,
)
from tidegate.storage.store import FileInfo

__all__ = [
    "FileInfo",
    "delete",
    "delete_tree",
    "exists",
    "is_local",
    "is_s3",
    "is_writable",
    "join",
    "list_files",
    "list_names",
    "local_path",
    "read_bytes",
    "replace",
    "walk_files",
    "with_s3_scheme",
    "write_new",
]
