"""Values within a JSON document that anybody may have written."""

from __future__ import annotations

from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def at(value: Json, *path: str) -> Json:
    """Return what is at a path of keys; None where nothing is."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: Json, *path: str) -> str | None:
    """Return the text at a path; None where there is none."""
    found = at(value, *path)
    return found if isinstance(found, str) else None


def number(value: Json, *path: str) -> int | None:
    """Return the whole number at a path; None where there is none."""
    found = at(value, *path)
    return found if isinstance(found, int) else None


def listed(value: Json) -> list[Json]:
    """Return a list as it is, and anything else as an empty one."""
    return value if isinstance(value, list) else []


def pairs(value: Json) -> dict[str, Json]:
    """Return an object as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}
