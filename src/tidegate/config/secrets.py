"""Secrets by reference: the settings say where a secret is, and never hold it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tidegate.config.locations import below_root
from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core.core_schema import ValidationInfo

_REFERENCE = re.compile(r"(env):([A-Za-z_][A-Za-z0-9_]*)|(file):([^\0\n]+)")
_SECRET_KEY = re.compile(
    r"(?:secret|credential|passw(?:or)?d|passphrase|token|authorization|cookie|(?:access|account|api|private|secret)[._-]?key)$",
    re.IGNORECASE,
)
FORMS = "env:NAME for an environment variable, file:PATH for a file"


class Secret:
    """A secret's text. It shows itself only when asked by `reveal()`, and cannot be pickled by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __eq__(self, other: object) -> bool:
        """Return whether both are the same secret."""
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        """Return the hash of the text."""
        return hash(self._text)

    def __repr__(self) -> str:
        """Return a mask."""
        return "Secret('***')"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled, since pickles travel and stay."""
        raise TypeError("a secret cannot be pickled: pass its reference and resolve it where it is used")


@dataclass(frozen=True)
class SecretReference:
    """Where a secret is: `env:NAME` or `file:PATH`. Reading it is left to `resolve`.

    Attributes:
        kind: `env` for an environment variable, `file` for a file of this machine.
        name: Name of the variable, or path of the file.
    """

    kind: Literal["env", "file"]
    name: str

    @classmethod
    def parse(cls, text: str) -> SecretReference:
        """Return the reference that a text such as `env:API_KEY` means.

        Raises:
            ConfigError: The text is no reference. It is not repeated, since it may be a secret.
        """
        found = _REFERENCE.fullmatch(text)
        if found is None:
            raise ConfigError("this is not a reference to a secret", hint=FORMS)
        return cls("env", found[2]) if found[1] else cls("file", found[4])

    def resolve(self, environ: Mapping[str, str]) -> Secret:
        """Return the secret. A file's trailing line end does not belong to it.

        Args:
            environ: The environment variables.

        Raises:
            ConfigError: It is missing, empty or cannot be read.
        """
        text = environ.get(self.name, "") if self.kind == "env" else self._file_text()
        if not text:
            hint = f"set the environment variable {self.name}" if self.kind == "env" else "write the secret to the file"
            raise ConfigError("a secret is missing or empty", where=str(self), hint=hint)
        return Secret(text)

    def _file_text(self) -> str:
        try:
            return Path(self.name).read_bytes().decode("utf-8").rstrip("\r\n")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError:
            raise ConfigError("a secret's file is not UTF-8", where=str(self), hint="save it as UTF-8") from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConfigError(
                f"a secret's file cannot be read: {reason}", where=str(self), hint="check the path"
            ) from error

    def __str__(self) -> str:
        """Return the reference as it is written."""
        return f"{self.kind}:{self.name}"

    def __repr__(self) -> str:
        """Return the reference, as code."""
        return f"SecretReference.parse({str(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return how pydantic checks a reference and writes it out."""
        _ = source, handler
        return core_schema.with_info_plain_validator_function(
            _validated, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return how an editor checks a reference."""
        _ = schema, handler
        return {"type": "string", "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$", "examples": ["env:API_KEY"]}


def is_secret_key(key: str) -> bool:
    """Return whether a key's name says that its value is a secret, such as `fs.s3a.secret.key` or `api_token`."""
    return _SECRET_KEY.search(key) is not None


def _validated(value: object, info: ValidationInfo) -> SecretReference:
    if isinstance(value, SecretReference):
        return value
    try:
        reference = SecretReference.parse(value if isinstance(value, str) else "")
    except ConfigError:
        raise PydanticCustomError(
            "tidegate", "must be a reference to a secret, not the secret itself", {"hint": FORMS}
        ) from None
    if reference.kind == "env":
        return reference
    return SecretReference("file", below_root(reference.name, info))
