"""What a property says of the protection of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.model.nearest import did_you_mean
from tidegate.model.privacy import PROTECTIONS

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

    from tidegate.contracts.problems import Problems
    from tidegate.model.privacy import Protection
    from tidegate.storage.yaml_documents import Path

PRIVACY = "privacy"
SUBJECT = "subject"


def read_protection(item: SchemaProperty, path: Path, problems: Problems) -> Protection | None:
    """Return what the custom property `privacy` says; None where there is none, or where it means nothing.

    Args:
        item: The property.
        path: Its place.
        problems: Takes what is wrong.
    """
    given = _custom(item, PRIVACY)
    if given is None:
        return None
    position, value = given
    found: Protection | None = next((known for known in PROTECTIONS if known == value), None)
    if found is None:
        allowed = ", ".join(PROTECTIONS)
        said = f"privacy is one of {allowed}{did_you_mean(str(value), PROTECTIONS)}"
        problems.add((*path, "customProperties", position), said)
    return found


def read_subject(item: SchemaProperty, path: Path, problems: Problems) -> str | None:
    """Return what the custom property `subject` says: the column that names the same persons elsewhere."""
    given = _custom(item, SUBJECT)
    if given is None:
        return None
    position, value = given
    if not isinstance(value, str) or not value.strip():
        problems.add((*path, "customProperties", position), "subject is the name of a column, such as customer_id")
        return None
    return value.strip()


def refuse_within(item: SchemaProperty, path: Path, problems: Problems) -> None:
    """Note where a part of a nested column asks for protection: only whole columns have it."""
    for position, part in enumerate(item.properties or ()):
        if _custom(part, PRIVACY) is not None:
            place = (*path, "properties", position)
            problems.add(place, "privacy is for whole columns; protect the column that this one is within, by mask")


def _custom(item: SchemaProperty, name: str) -> tuple[int, object] | None:
    found = [(place, extra.value) for place, extra in enumerate(item.customProperties or ()) if extra.property == name]
    return found[0] if found else None
