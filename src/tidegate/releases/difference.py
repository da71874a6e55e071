"""What a deployment would change."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.model.releases import Release

Sort: TypeAlias = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Change:
    """One thing that two releases have differently.

    Attributes:
        sort: Whether the second one has it alone, the first one alone, or both.
        what: `file`, `package` or `setting`, with its name.
        detail: Versions before and after; empty where they would say nothing.
    """

    sort: Sort
    what: str
    detail: str = ""


def changes(old: Release | None, new: Release) -> tuple[Change, ...]:
    """Return what differs between two releases, files first; of the first release ever, all there is.

    Args:
        old: The release in force.
        new: The other one.
    """
    return (
        *_changes("file", old.files if old else {}, new.files, is_told=False),
        *_changes("package", old.packages if old else {}, new.packages, is_told=True),
        *_changes("setting", _settings(old) if old else {}, _settings(new), is_told=True),
    )


def _settings(release: Release) -> dict[str, str]:
    """Return all else that tells releases apart, as text."""
    facts = asdict(release.submitting)
    told = {f"submit.{name}": str(value) for name, value in facts.items() if value}
    wheel = release.artefacts.get("wheel")
    made = {"wheel of tidegate": wheel.made_of[:12]} if wheel else {}
    parts = ", ".join(sorted(release.artefacts))
    return {"python": release.python, "architecture": release.architecture, "parts": parts, **made, **told}


def _changes(what: str, old: Mapping[str, str], new: Mapping[str, str], *, is_told: bool) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        sort: Sort = "added" if before is None else "removed" if after is None else "changed"
        detail = " → ".join(part for part in (before, after) if part) if is_told else ""
        yield Change(sort, f"{what} {name}", detail)
