"""Read frozen values back from JSON, checking every type on the way."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Literal, NoReturn, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from tidegate.errors import ReportError

T = TypeVar("T")


def decode(kind: type[T], text: str) -> T:
    """Return the value of a frozen dataclass that a JSON document holds.

    Keys that the class does not know are ignored and fields that the document lacks take their defaults, so that an
    older release reads what a newer one wrote and the other way round.

    Args:
        kind: A dataclass of text, numbers, booleans, literals, tuples, mappings and such dataclasses.
        text: The document.

    Raises:
        ReportError: It is not JSON, a value has another type, or a field without a default is missing.
    """
    try:
        document: object = json.loads(text)
    except ValueError as error:
        raise ReportError(f"a {kind.__name__} cannot be read: it is not JSON", hint=_HINT) from error
    return cast("T", _dataclass(kind, document, kind.__name__))


_HINT = "the file was cut off or written by something else; move it away"


def _value(hint: object, value: object, where: str) -> object:
    origin, choices = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        (inner,) = (choice for choice in choices if choice is not types.NoneType)
        return None if value is None else _value(inner, value, where)
    if origin is tuple:
        return _tuple(choices[0], value, where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(choices, value, where)
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass(hint, value, where)
    return _scalar(hint, value, where)


def _scalar(hint: object, value: object, where: str) -> object:
    if get_origin(hint) is Literal and value not in get_args(hint):
        _refuse(where, value, f"one of {', '.join(map(str, get_args(hint)))}")
    if hint is float and type(value) is int:
        return float(value)
    if isinstance(hint, type) and type(value) is not hint:
        _refuse(where, value, hint.__name__)
    return value


def _tuple(hint: object, value: object, where: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        _refuse(where, value, "a list")
    return tuple(_value(hint, item, f"{where}[{position}]") for position, item in enumerate(value))


def _mapping(choices: tuple[object, ...], value: object, where: str) -> dict[object, object]:
    if not isinstance(value, dict):
        _refuse(where, value, "an object")
    read_key = cast("Callable[[object], object]", choices[0])  # str or int: JSON keys are always text
    try:
        return {read_key(key): _value(choices[1], item, f"{where}.{key}") for key, item in value.items()}
    except ValueError:
        _refuse(where, value, f"an object whose keys are {getattr(choices[0], '__name__', 'text')}")


def _dataclass(kind: type, value: object, where: str) -> object:
    if not isinstance(value, dict):
        _refuse(where, value, "an object")
    hints = _hints(kind)
    known = {name: _value(hint, value[name], f"{where}.{name}") for name, hint in hints.items() if name in value}
    try:
        return kind(**known)
    except TypeError as error:
        missing = ", ".join(sorted(hints.keys() - known.keys()))
        raise ReportError("a record lacks a field", where=f"{where}, without {missing}", hint=_HINT) from error


@cache
def _hints(kind: type) -> dict[str, object]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _refuse(where: str, value: object, expected: str) -> NoReturn:
    raise ReportError(f"a record holds a {type(value).__name__} instead of {expected}", where=where, hint=_HINT)
