"""Free settings: a mapping whose names are not ours, of values without structure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from tidegate.config.frozen import FrozenMapping
from tidegate.config.locations import below_root
from tidegate.config.secrets import FORMS, SecretReference
from tidegate.errors import ConfigError
from tidegate.vaults.words import is_secret_key

Scalar: TypeAlias = bool | int | float | str | SecretReference
_NOT_SCALAR = ("must be a text, a number, true or false", None)
_PLAIN_SECRET = ("must be a reference to a secret, not the secret itself", FORMS)


def text_of(value: Scalar, environ: Mapping[str, str]) -> str:
    """Return a value as the text that Spark expects; of a reference, the secret itself.

    Raises:
        ConfigError: A secret cannot be read.
    """
    if isinstance(value, SecretReference):
        return value.resolve(environ).reveal()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _checked(given: object, info: ValidationInfo) -> FrozenMapping[str, Scalar]:
    """Return the values with a reference for each secret, which is known by the name of its key."""
    return _with_references(given, info, is_anywhere=False)


def _checked_anywhere(given: object, info: ValidationInfo) -> FrozenMapping[str, Scalar]:
    """Return the values with a reference for each secret, and for whatever else is written as one."""
    return _with_references(given, info, is_anywhere=True)


def _with_references(given: object, info: ValidationInfo, *, is_anywhere: bool) -> FrozenMapping[str, Scalar]:
    """Return the values with a reference for each secret.

    Args:
        given: The values.
        info: The settings around them.
        is_anywhere: Whether a text that reads as a reference is one whatever its key is called.

    Raises:
        PydanticCustomError: A value has structure, or the name of a key says that its text is a secret.
    """
    if not isinstance(given, Mapping):
        raise PydanticCustomError("tidegate", "must be a mapping (key: value)", {})
    values: dict[str, Scalar] = {}
    wrong: dict[str, tuple[str, str | None]] = {}
    for key, value in given.items():
        if not isinstance(value, Scalar):
            wrong[key] = _NOT_SCALAR
        elif not isinstance(value, str) or not (is_anywhere or is_secret_key(key)):
            values[key] = value
        else:
            reference = _reference(value, info)
            is_plain = reference is None and is_secret_key(key)
            values[key] = reference or ("" if is_plain else value)
            wrong |= {key: _PLAIN_SECRET} if is_plain else {}
    if wrong:
        raise PydanticCustomError("tidegate_keys", "holds values that are not allowed", {"wrong": wrong})
    return FrozenMapping(values)


def _reference(value: str, info: ValidationInfo) -> SecretReference | None:
    try:
        reference = SecretReference.parse(value)
    except ConfigError:
        return None
    return reference.below(lambda path: below_root(path, info))


def _written(values: Mapping[str, Scalar]) -> dict[str, bool | int | float | str]:
    return {key: str(value) if isinstance(value, SecretReference) else value for key, value in values.items()}


_SCHEMA = WithJsonSchema(
    {"type": "object", "additionalProperties": {"type": ["boolean", "integer", "number", "string"]}}
)
ScalarMapping: TypeAlias = Annotated[Mapping[str, Scalar], PlainValidator(_checked), PlainSerializer(_written), _SCHEMA]
# What is sent to others, where a secret has any name: `key`, `appid`, `sig`.
SentMapping: TypeAlias = Annotated[
    Mapping[str, Scalar], PlainValidator(_checked_anywhere), PlainSerializer(_written), _SCHEMA
]
