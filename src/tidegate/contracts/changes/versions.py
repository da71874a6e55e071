"""Which version a change of a contract calls for, by semantic versioning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tidegate.contracts.changes.change import Change, Level

Step: TypeAlias = Literal["major", "minor", "patch", "none"]

STEPS: tuple[Step, ...] = ("major", "minor", "patch", "none")
STEP_OF: Mapping[Level, Step] = {"breaking": "major", "additive": "minor", "compatible": "patch"}

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?")


def step_for(changes: Iterable[Change]) -> Step:
    """Return which part of the version has to grow: that of the change that matters most."""
    return min((STEP_OF[change.level] for change in changes), key=STEPS.index, default="none")


def version_after(old: str, step: Step) -> str | None:
    """Return the lowest version that a step from an old one leads to; None where the old one is not a version.

    There is no exception for versions below 1.0.0: a contract that others read is in use.
    """
    parts = _parts(old)
    if parts is None:
        return None
    major, minor, patch = parts
    after = {
        "major": (major + 1, 0, 0),
        "minor": (major, minor + 1, 0),
        "patch": (major, minor, patch + 1),
        "none": parts,
    }
    return ".".join(map(str, after[step]))


def is_enough(new: str, needed: str | None) -> bool | None:
    """Return whether a version is at least the one needed; None where one of them is not a version."""
    found, least = _parts(new), _parts(needed or "")
    return None if found is None or least is None else found >= least


def _parts(version: str) -> tuple[int, int, int] | None:
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    return int(found[1]), int(found[2] or 0), int(found[3] or 0)
