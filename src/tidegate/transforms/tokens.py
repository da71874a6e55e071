"""Tokens that stand for texts and can be turned back by whoever holds the key, as Spark columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, StructField, StructType

from tidegate.transforms.keyed_hashes import with_keyed_hashes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame

    from tidegate.model.privacy import PrivacyKey

_CIPHER = "_key_cipher"
_KEY = StructType([StructField(_CIPHER, BinaryType(), nullable=False)])
_NONCE = "_nonce_"
_NONCE_DIGITS = 24  # 96 bits, as GCM has them


def with_tokens(rows: DataFrame, made: Mapping[str, Column], key: PrivacyKey) -> DataFrame:
    """Return the rows with tokens of some texts beside them; null stays null.

    A token is the text, encrypted by AES-256-GCM with a nonce that is a keyed hash of the text, as hexadecimal digits.
    So equal texts have equal tokens, in all columns and tables of one key, and different ones different tokens. The
    keys come as rows of data, of which Spark shows nothing but the names of columns.

    Args:
        rows: The rows.
        made: Per column to add, the text (in UTF-8).
        key: The key.
    """
    if not made:
        return rows
    nonces = {f"{_NONCE}{place}": text for place, text in enumerate(made.values())}
    both = _with_key(with_keyed_hashes(rows, nonces, key.nonces), key)
    tokens = {
        name: _token(text, F.unhex(F.substring(F.col(nonce), 1, _NONCE_DIGITS)))
        for (name, text), nonce in zip(made.items(), nonces, strict=True)
    }
    return both.withColumns(tokens).drop(_CIPHER, *nonces)


def with_opened(rows: DataFrame, opened: Mapping[str, Column], key: PrivacyKey) -> DataFrame:
    """Return the rows with the texts of tokens beside them; what is no token of the key stays as it is.

    Args:
        rows: The rows.
        opened: Per column to add, the token.
        key: The key; whoever holds it may read what tokens stand for.
    """
    if not opened:
        return rows
    texts = {name: F.coalesce(_text(token), token) for name, token in opened.items()}
    return _with_key(rows, key).withColumns(texts).drop(_CIPHER)


def _with_key(rows: DataFrame, key: PrivacyKey) -> DataFrame:
    at_hand = rows.sparkSession.createDataFrame([(bytearray(key.cipher),)], _KEY)
    return rows.crossJoin(F.broadcast(at_hand))


def _token(text: Column, nonce: Column) -> Column:
    sealed = F.aes_encrypt(F.encode(text, "UTF-8"), F.col(_CIPHER), F.lit("GCM"), F.lit("DEFAULT"), nonce)
    return F.lower(F.hex(sealed))


def _text(token: Column) -> Column:
    sealed = F.try_to_binary(token, F.lit("hex"))
    return F.decode(F.try_aes_decrypt(sealed, F.col(_CIPHER), F.lit("GCM"), F.lit("DEFAULT")), "UTF-8")
