"""From pydantic's errors to problems that a person can mend: where, which setting, what is wrong, what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from tidegate.config import kinds
from tidegate.errors import Problem
from tidegate.model.nearest import names_there_are

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from tidegate.config.nodes import Node, Path

Facts: TypeAlias = Mapping[str, object]
UNKNOWN = "unknown key"
MISSING = "is missing"

# What is said of an error, by pydantic's name for it. Pydantic's own sentences are not used: some repeat the value.
_SAID: Mapping[str, Callable[[Facts], str]] = {
    "bool_type": lambda _: "must be true or false",
    "dict_type": lambda _: "must be a mapping (key: value)",
    "extra_forbidden": lambda _: UNKNOWN,
    "finite_number": lambda _: "must be a finite number",
    "float_type": lambda _: "must be a number",
    "greater_than": lambda facts: f"must be greater than {facts['gt']:g}",
    "greater_than_equal": lambda facts: f"must be at least {facts['ge']:g}",
    "int_type": lambda _: "must be a whole number",
    "less_than": lambda facts: f"must be less than {facts['lt']:g}",
    "less_than_equal": lambda facts: f"must be at most {facts['le']:g}",
    "literal_error": lambda _: "is not one of the allowed values",
    "mapping_type": lambda _: "must be a mapping (key: value)",
    "missing": lambda _: MISSING,
    "model_attributes_type": lambda _: "must be a mapping (key: value)",
    "model_type": lambda _: "must be a mapping (key: value)",
    "string_pattern_mismatch": lambda _: "is not written as it must be",
    "string_too_short": lambda _: "must not be empty",
    "string_type": lambda _: "must be a text; put other values in quotes",
    "too_short": lambda _: "must not be empty",
    "tuple_type": lambda _: "must be a list",
    "union_tag_invalid": lambda _: "is not one of the allowed values",
    "union_tag_not_found": lambda _: MISSING,
}


def problems_of(error: ValidationError, model: object, settings: Node) -> Iterator[Problem]:
    """Yield the problems of a validation, each where the value came from; what is below an unknown key is left out.

    Args:
        error: What pydantic found.
        model: The model that was asked for.
        settings: The values with their origins.
    """
    told: dict[Path, tuple[str, str | None]] = {}
    for found in error.errors(include_url=False):
        place = kinds.place_of(model, found["loc"])
        if found["type"] == "tidegate_keys":
            told |= {(*place.path, key): said for key, said in found["ctx"]["wrong"].items()}
        elif found["type"].startswith("union_tag"):
            told |= {(*place.path, "type"): _said(found, place)}
        else:
            told[place.path] = _said(found, place)
    unknown = {path for path, (what, _) in told.items() if what == UNKNOWN}
    for path, (what, hint) in told.items():
        if not any(path[:length] in unknown for length in range(len(path))):
            yield Problem(settings.origin_of(path), shown(path), what, hint)


def nearest(name: str, allowed: Sequence[str]) -> str | None:
    """Return a hint with the nearest of the allowed names, and all of them; None where there is no list of them."""
    if not allowed:
        return None
    return names_there_are(name, allowed, "allowed")


def shown(path: Path) -> str:
    """Return a path as it is written after --set, with the numbers of list items in brackets."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _said(found: ErrorDetails, place: kinds.Place) -> tuple[str, str | None]:
    """Return what is wrong, and what is allowed; the value itself is in neither."""
    name, facts = found["type"], found.get("ctx", {})
    if name == "tidegate":
        return found["msg"], facts.get("hint")
    if name == "extra_forbidden" or "[key]" in found["loc"]:
        return UNKNOWN, nearest(str(place.path[-1]), kinds.allowed_names(place.around))
    what = _SAID.get(name, _otherwise)(facts)
    allowed = kinds.allowed_names(place.kind)
    if name in {"literal_error", "union_tag_invalid", "union_tag_not_found"}:
        return what, nearest(str(facts.get("tag", found["input"])), allowed)
    return what, place.description


def _otherwise(_: Facts) -> str:
    return "is not allowed"
