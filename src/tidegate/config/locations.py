"""Places in the settings: relative ones are meant from the folder that the configuration's own folder is in."""

from __future__ import annotations

import os.path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from tidegate import storage
from tidegate.errors import StorageError

_HINT = "a path, or an address such as s3://bucket/folder without user name and password"


def below_root(path: str, info: ValidationInfo) -> str:
    """Return a path of this machine in full: seen from the project's folder, where that is on this machine."""
    root = _root(info)
    return os.path.normpath(os.path.join(root, path)) if root and storage.is_local(root) else path  # noqa: PTH118


def _root(info: ValidationInfo) -> str | None:
    """Return the project's folder that the loader hands to every check; None where a section is made by hand."""
    context = info.context
    return str(context["root"]) if isinstance(context, dict) and "root" in context else None


def _location(value: str, info: ValidationInfo) -> str:
    _refuse_home(value)
    try:
        if "://" in value or value.startswith("file:"):
            return storage.join(value)
        root = _root(info)
        if root is None or storage.is_local(root) or value.startswith("/"):
            return below_root(value, info)
        return storage.join(root, value)
    except StorageError:
        raise PydanticCustomError("tidegate", "is not a place that can be used", {"hint": _HINT}) from None


def _writable(value: str) -> str:
    if "://" in value and not storage.is_writable(value):
        raise PydanticCustomError(
            "tidegate", "is a place that can only be read", {"hint": f"{_HINT}; landing zones may be elsewhere"}
        )
    return value


def _local_path(value: str, info: ValidationInfo) -> str:
    _refuse_home(value)
    if "://" in value or value.startswith("file:"):
        raise PydanticCustomError(
            "tidegate", "must be a folder of this machine", {"hint": "a relative or absolute path"}
        )
    return below_root(value, info)


def _refuse_home(value: str) -> None:
    if not value.strip() or value.startswith("~"):
        raise PydanticCustomError("tidegate", "is empty, or starts with ~, which is not expanded", {"hint": _HINT})


Location: TypeAlias = Annotated[str, AfterValidator(_location)]
WritableLocation: TypeAlias = Annotated[str, AfterValidator(_location), AfterValidator(_writable)]
LocalPath: TypeAlias = Annotated[str, AfterValidator(_local_path)]
