"""What becomes of personal data when rows are published, and the key of what stands for a value. No Spark."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, get_args

from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

Protection: TypeAlias = Literal["keep", "mask", "hash", "tokenise"]
# Catalogs that can be told who may read a table.
CatalogKind: TypeAlias = Literal["hive", "lake-formation", "unity"]

PROTECTIONS: tuple[Protection, ...] = get_args(Protection)
# What puts a text in place of each text, by the key: such values can be compared.
STANDING: tuple[Protection, ...] = ("hash", "tokenise")
MASK = "***"
LEAST_KEY_BYTES = 16

_BLOCK = 64  # bytes of a block of SHA-256
_INNER, _OUTER = 0x36, 0x5C  # RFC 2104
_CHECKED = "tidegate: which key is this?"
_CIPHER, _NONCES = "tidegate: what tokens are encrypted with", "tidegate: what nonces of tokens are hashed with"
_CHECK_DIGITS = 16


class PrivacyKey:
    """The key of hashes and tokens. It shows itself to nobody: not in a text, nor in a pickle, nor in a plan of Spark.

    Attributes:
        inner: The block that goes before a value, for whoever hashes in Spark (RFC 2104); as secret as the key.
        outer: The block that goes before what comes out.
    """

    __slots__ = ("_key", "inner", "outer")

    def __init__(self, key: bytes) -> None:
        """Keep the key.

        Raises:
            ConfigError: It is so short that it can be guessed.
        """
        if len(key) < LEAST_KEY_BYTES:
            raise ConfigError(
                f"the privacy key has fewer than {LEAST_KEY_BYTES} bytes, so it can be guessed",
                where="privacy.key",
                hint="make one with: openssl rand -hex 32",
            )
        self._key = key
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self.inner = bytes(byte ^ _INNER for byte in block)
        self.outer = bytes(byte ^ _OUTER for byte in block)

    def hash(self, text: str) -> str:
        """Return HMAC-SHA256 of a text in UTF-8, as 64 hexadecimal digits."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    @property
    def cipher(self) -> bytes:
        """The key that tokens are encrypted with (AES-256): made of this key, and as secret."""
        return bytes.fromhex(self.hash(_CIPHER))

    @property
    def nonces(self) -> PrivacyKey:
        """The key of the keyed hashes that nonces of tokens are: made of this key, so that no hash tells a nonce."""
        return PrivacyKey(bytes.fromhex(self.hash(_NONCES)))

    @property
    def check(self) -> str:
        """A short name of the key, which tells two keys apart and nothing of either."""
        return self.hash(_CHECKED)[:_CHECK_DIGITS]

    def __repr__(self) -> str:
        """Return a mask."""
        return "PrivacyKey('***')"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled, since pickles travel and stay."""
        raise TypeError("a privacy key cannot be pickled")


def no_key() -> PrivacyKey:
    """Refuse: there is no key."""
    raise ConfigError(
        "personal data is to be hashed or made tokens of, and there is no key",
        where="privacy.key",
        hint="name where the key is, such as env:TIDEGATE_PRIVACY_KEY",
    )


@dataclass(frozen=True)
class Policies:
    """What becomes of classified columns whose contract does not say it itself.

    Attributes:
        by_layer: Per layer, per class (lower case), the protection; what is left out is kept as it comes.
        needs_role: Layers whose contracts have to name a role with access where they keep personal data in the clear.
    """

    by_layer: Mapping[str, Mapping[str, Protection]] = field(default_factory=dict)
    needs_role: frozenset[str] = frozenset()

    def of(self, layer: str, classification: str | None) -> Protection:
        """Return what becomes of a class of data in a layer."""
        return self.by_layer.get(layer, {}).get((classification or "").strip().lower(), "keep")
