"""Names of datasets as OpenLineage's naming rules give them, and texts without credentials.

Source: https://openlineage.io/docs/spec/naming
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import quote

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(?=/)")
_USER_INFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^\s/@:]*)(:[^\s@]*)?@")
_SECRET_ARGUMENT = re.compile(
    r"(?i)\b([\w.-]*(?:password|passwd|secret|token|signature|credential|api_?key|access_?key)[\w.-]*=)[^\s&;,'\"]+"
)
_ONE_NAME = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "abfs": "abfss", "wasb": "wasbs"}
_OBJECT_STORES = frozenset({"abfss", "gs", "s3", "wasbs"})
_BY_NAME = _OBJECT_STORES | {"kafka"}
_ACCOUNT_STORES = frozenset({"abfss", "wasbs"})


@dataclass(frozen=True, order=True)
class DatasetName:
    """What OpenLineage knows a dataset by.

    Attributes:
        namespace: The store that holds it, such as `file` or `s3://bucket`.
        name: Its path there, such as `/lake/silver/orders` (files) or `silver/orders` (objects).
    """

    namespace: str
    name: str

    @property
    def uri(self) -> str:
        """The dataset's address as a URI, without credentials."""
        store = self.namespace if "://" in self.namespace else f"{self.namespace}://"
        return f"{store}/{quote(self.name.lstrip('/'))}"


def dataset_name(location: str, *, table: str, namespace: str) -> DatasetName:
    """Return the name of the dataset at a location.

    User names, passwords, queries and fragments are left out. `s3a` and `s3` are one store.

    Args:
        location: Path or URI; empty where it is not known, and then the table's name stands in.
        table: Name of the table or feed.
        namespace: Namespace of the table's name.
    """
    found = _SCHEME.match(location)
    if not location:
        return DatasetName(namespace, table)
    if found is None:
        return DatasetName("file", os.path.abspath(location))  # noqa: PTH100 - no links are followed, no file is touched
    scheme, rest = found.group(1).lower(), location[found.end() :]
    if scheme == "file":
        return DatasetName("file", _path(rest.removeprefix("//localhost") if rest.startswith("//") else rest))
    scheme = _ONE_NAME.get(scheme, scheme)
    authority, path = _parts(rest, keep_user=scheme in _ACCOUNT_STORES)
    if scheme in _BY_NAME:
        return DatasetName(f"{scheme}://{authority}", path.strip("/") or "/")
    return DatasetName(f"{scheme}://{authority}" if authority else scheme, _path(path))


def without_secrets(text: str) -> str:
    """Return a text without user names and passwords in URIs, and without the values of arguments named as secrets."""
    return _SECRET_ARGUMENT.sub(r"\1***", _USER_INFO.sub(_without_user, text))


def _without_user(found: re.Match[str]) -> str:
    scheme, user, password = found.groups()
    names_container = _ONE_NAME.get(scheme.lower(), scheme.lower()) in _ACCOUNT_STORES
    return f"{scheme}://{user}@" if names_container and not password else f"{scheme}://"


def _parts(rest: str, *, keep_user: bool) -> tuple[str, str]:
    """Return the authority and the path of what follows a scheme, credentials and query left out."""
    if not rest.startswith("//"):
        return "", rest
    bare = re.split(r"[?#;]", rest[2:], maxsplit=1)[0]
    authority, slash, path = bare.partition("/")
    has_password = re.search(r":(?!\d+$)", authority) is not None
    if "@" not in authority and has_password and "@" in path:  # a password with a slash in it
        authority, slash, path = bare.rpartition("@")[2].partition("/")
    user, at, host = authority.rpartition("@")
    if at and not keep_user:
        authority = host
    elif at:
        authority = f"{user.partition(':')[0]}@{host}"
    return authority, slash + path


def _path(path: str) -> str:
    return "/" + path.strip("/")
