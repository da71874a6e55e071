"""Secrets by reference: the settings say where a secret is, and never hold it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, cast

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tidegate.config.locations import below_root
from tidegate.errors import ConfigError
from tidegate.vaults import VaultKind, read_secret
from tidegate.vaults.words import is_secret_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core.core_schema import ValidationInfo

FORMS = (
    "env:NAME for an environment variable, file:PATH for a file, aws-sm:NAME or aws-sm:NAME#key for Secrets Manager, "
    "aws-ssm:NAME for the Parameter Store, databricks:scope/key"
)


SecretKind: TypeAlias = Literal["env", "file"] | VaultKind


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
    """Where a secret is, such as `env:NAME` or `aws-sm:NAME#key`. Reading it is left to `resolve`.

    Attributes:
        kind: `env` for an environment variable, `file` for a file of this machine, else the vault.
        name: Name of the variable, path of the file, or what the vault calls it.
    """

    kind: SecretKind
    name: str

    @classmethod
    def parse(cls, text: str) -> SecretReference:
        """Return the reference that a text such as `env:API_KEY` means.

        Raises:
            ConfigError: The text is no reference. It is not repeated, since it may be a secret.
        """
        if not is_secret_reference(text):
            raise ConfigError("this is not a reference to a secret", hint=FORMS)
        kind, _, name = text.partition(":")
        return cls(cast("SecretKind", kind), name)

    def resolve(self, environ: Mapping[str, str]) -> Secret:
        """Return the secret. A file's trailing line end does not belong to it.

        Args:
            environ: The environment variables.

        Raises:
            ConfigError: It is missing, empty or cannot be read.
            MissingExtraError: It is in a vault whose package is not installed.
        """
        text, hint = self._read(environ)
        if not text:
            raise ConfigError("a secret is missing or empty", where=str(self), hint=hint)
        return Secret(text)

    def _read(self, environ: Mapping[str, str]) -> tuple[str, str]:
        """Return the text, and what to do where it is empty."""
        if self.kind == "env":
            return environ.get(self.name, ""), f"set the environment variable {self.name}"
        if self.kind == "file":
            return self._file_text(), "write the secret to the file"
        return read_secret(self.kind, self.name), "write the secret into the vault"

    def below(self, rooted: Callable[[str], str]) -> SecretReference:
        """Return the reference with its path, if it has one, as a function makes it."""
        return SecretReference("file", rooted(self.name)) if self.kind == "file" else self

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
        pattern = "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|aws-sm:.+|aws-ssm:.+|databricks:.+/.+)$"
        return {"type": "string", "pattern": pattern, "examples": ["env:API_KEY", "aws-sm:shop/api#key"]}


def _validated(value: object, info: ValidationInfo) -> SecretReference:
    if isinstance(value, SecretReference):
        return value
    try:
        reference = SecretReference.parse(value if isinstance(value, str) else "")
    except ConfigError:
        raise PydanticCustomError(
            "tidegate", "must be a reference to a secret, not the secret itself", {"hint": FORMS}
        ) from None
    return reference.below(lambda path: below_root(path, info))
