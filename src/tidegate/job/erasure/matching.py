"""Rows of persons who are known by a keyed hash alone."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import ConfigError
from tidegate.tables.columns import column
from tidegate.tables.erasing.port import spoken
from tidegate.transforms.keyed_hashes import with_keyed_hashes
from tidegate.transforms.tokens import with_opened

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.model.erasures import HashedSubject
    from tidegate.model.privacy import PrivacyKey

_HASH, _TEXT = "_subject_hash_", "_subject_text_"


class Matching:
    """Finds rows by columns whose values, or their keyed hashes, are among some hashes.

    A column that is published hashed holds the hash itself, so a value that is one of the hashes is found as well; of a
    column of tokens the texts are hashed that these stand for.
    """

    def __init__(self, wanted: Mapping[str, Collection[str]], key: PrivacyKey) -> None:
        """Keep what to look for.

        Args:
            wanted: Per column, the hashes.
            key: The key.
        """
        self._wanted = wanted
        self._key = key

    def with_hashes(self, rows: DataFrame) -> DataFrame:
        """Return the rows with the hashes of the columns beside them, for `meets` and `meets_in`."""
        opened = {f"{_TEXT}{place}": spoken(name) for place, name in enumerate(self._wanted)}
        hashed = {f"{_HASH}{place}": F.col(name) for place, name in enumerate(opened)}
        return with_keyed_hashes(with_opened(rows, opened, self._key), hashed, self._key).drop(*opened)

    def meets_in(self, name: str) -> Column:
        """Return whether a row with hashes has one of the persons in a column; never null."""
        place = list(self._wanted).index(name)
        hashes = sorted(self._wanted[name])
        return F.coalesce(F.col(f"{_HASH}{place}").isin(hashes) | spoken(name).isin(hashes), F.lit(False))  # noqa: FBT003 - a literal

    def meets(self) -> Column:
        """Return whether a row with hashes has one of the persons in any of the columns; never null."""
        return reduce(or_, map(self.meets_in, self._wanted))

    def look(self, rows: DataFrame) -> tuple[int, Sequence[str]]:
        """Return how many rows have one of the persons, and by what texts the columns name them, in one pass.

        The texts come to the driver: a few, of few persons.
        """
        said = F.array(*(F.when(self.meets_in(name), spoken(name)) for name in self._wanted))
        met = self.with_hashes(rows.select(*map(column, self._wanted))).filter(self.meets())
        texts = F.array_distinct(F.flatten(F.collect_set(said))).alias("said")
        (found,) = met.agg(F.count(F.lit(1)).alias("rows"), texts).collect()
        return int(found["rows"]), sorted(text for text in found["said"] if text is not None)


def check_key(subjects: Collection[HashedSubject], key: PrivacyKey) -> None:
    """Assert that persons who were erased can still be told by their hashes.

    Raises:
        ConfigError: They were erased under another key.
    """
    if any(subject.key_check != key.check for subject in subjects):
        raise ConfigError(
            "persons were erased under another privacy key, so they could come back unnoticed",
            where="privacy.key",
            hint="put the key back; where it is lost, erase these persons anew and move their old records away from "
            "_tidegate/erasures",
        )
