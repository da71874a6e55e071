"""What the settings allow at a path: used to name the nearest valid name, and to find where free names begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Literal, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel


def allowed_names(kind: object) -> tuple[str, ...]:
    """Return the names allowed for a value of this kind, or right below it; empty where there is no list of them."""
    kind = bare(kind)
    if is_model(kind):
        return tuple(kind.model_fields)
    if get_origin(kind) is Literal:
        return tuple(str(name) for name in get_args(kind))
    if _is_mapping(kind):
        return allowed_names(get_args(kind)[0])
    return tuple(_members(kind))


def below(kind: object, step: str | int) -> object:
    """Return the kind of value one step below; None where there is none or it is not known."""
    kind = bare(kind)
    if is_model(kind):
        field = kind.model_fields.get(str(step))
        return field.annotation if field else None
    if _is_mapping(kind):
        return get_args(kind)[1]
    if get_origin(kind) is tuple:
        return get_args(kind)[0]
    return None


@dataclass(frozen=True)
class Place:
    """A setting: its path, the kind of value there, and the kind of what it is part of."""

    path: tuple[str | int, ...]
    kind: object
    around: object

    @property
    def description(self) -> str | None:
        """What the setting means; None where nothing is said of it."""
        around = bare(self.around)
        field = around.model_fields.get(str(self.path[-1])) if is_model(around) and self.path else None
        return field.description if field else None


def place_of(kind: object, steps: Sequence[str | int]) -> Place:
    """Return the setting that pydantic names in its own way: with the tags of unions, and `[key]`, among the steps."""
    path: list[str | int] = []
    around: object = None
    for step in steps:
        member = _members(bare(kind)).get(str(step))
        if member is not None:
            kind = member
        elif step != "[key]":
            path.append(step)
            kind, around = below(kind, step), kind
    return Place(tuple(path), kind, around)


def free_levels(kind: object) -> int:
    """Return how many levels of free names begin here: 0 for everything but a mapping whose keys are any text."""
    kind = bare(kind)
    if not _is_mapping(kind) or get_args(kind)[0] is not str:
        return 0
    return 1 + free_levels(get_args(kind)[1])


def bare(kind: object) -> object:
    """Return a type without annotations and without None."""
    if get_origin(kind) is Annotated:
        return bare(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        others = [member for member in get_args(kind) if member is not NoneType]
        return bare(others[0]) if len(others) == 1 else kind
    return kind


def is_model(kind: object) -> TypeGuard[type[BaseModel]]:
    """Return whether a type is a section."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_mapping(kind: object) -> bool:
    return get_origin(kind) is Mapping


def _members(kind: object) -> dict[str, type[BaseModel]]:
    """Return the members of a union of sections by the tag that tells them apart."""
    if get_origin(kind) not in {Union, UnionType}:
        return {}
    models = [bare(member) for member in get_args(kind)]
    return {str(get_args(model.model_fields["type"].annotation)[0]): model for model in models if is_model(model)}
