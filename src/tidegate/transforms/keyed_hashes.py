"""Keyed hashes of text as Spark columns, with the key where no plan, log or user interface of Spark shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, StructField, StructType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame

    from tidegate.model.privacy import PrivacyKey

_INNER, _OUTER = "_key_inner", "_key_outer"
_KEY = StructType(
    [StructField(_INNER, BinaryType(), nullable=False), StructField(_OUTER, BinaryType(), nullable=False)]
)
_BITS = 256


def with_keyed_hashes(rows: DataFrame, hashed: Mapping[str, Column], key: PrivacyKey) -> DataFrame:
    """Return the rows with HMAC-SHA256 of some texts beside them; null stays null.

    The key comes as a row of data that is joined to all others, because a literal would stand in every explained plan,
    in Spark's user interface and in its event log. Spark says of a row of data only what its columns are called.

    Args:
        rows: The rows.
        hashed: Per column to add, the text to hash (in UTF-8). The hash is 64 hexadecimal digits.
        key: The key.
    """
    at_hand = rows.sparkSession.createDataFrame([(bytearray(key.inner), bytearray(key.outer))], _KEY)
    both = rows.crossJoin(F.broadcast(at_hand))
    return both.withColumns({name: _hmac(text) for name, text in hashed.items()}).drop(_INNER, _OUTER)


def _hmac(text: Column) -> Column:
    within = F.sha2(F.concat(F.col(_INNER), F.encode(text, "UTF-8")), _BITS)
    return F.sha2(F.concat(F.col(_OUTER), F.unhex(within)), _BITS)
