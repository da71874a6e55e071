"""Feeds in a temporary folder: written as bytes, read back as plain rows."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, NamedTuple

from tidegate.model.contracts import Column, Contract
from tidegate.model.declarations import Files
from tidegate.model.names import TableName
from tidegate.sources.listing import list_new

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import DataFrame, SparkSession

FEED = "orders"
OWN = ("_rescued", "_corrupt_record", "_problems", "_source_file", "_source_line", "_arrived_at")


class Read(NamedTuple):
    """One row as it was read: values in the contract's order, what was rescued, what was wrong, where it came from."""

    values: tuple[object, ...]
    rescued: Mapping[str, str] | None
    corrupt: str | None
    problems: tuple[tuple[str | None, str], ...]
    file: str
    line: int | None


@dataclass(frozen=True)
class Feed:
    """A feed below a landing root."""

    root: str
    format: Literal["jsonl", "csv", "xml", "parquet"]
    columns: Mapping[str, str]
    options: tuple[tuple[str, str], ...] = ()

    @property
    def declared(self) -> Files:
        return Files(FEED, self.format, self.options)

    @property
    def contract(self) -> Contract:
        columns = tuple(Column(name, kind) for name, kind in self.columns.items())
        return Contract(TableName("bronze", "orders"), "1", columns, ())

    def frame(self, spark: SparkSession) -> DataFrame:
        from tidegate.sources.reading import read_files  # noqa: PLC0415 - tests without Spark use this module, too

        return read_files(spark, list_new(self.root, self.declared, frozenset()), self.declared, self.contract)

    def rows(self, spark: SparkSession) -> list[Read]:
        found = [
            Read(
                values=tuple(row[name] for name in self.columns),
                rescued=json.loads(row["_rescued"]) if row["_rescued"] is not None else None,
                corrupt=row["_corrupt_record"],
                problems=tuple((problem.column, problem.reason) for problem in row["_problems"] or ()),
                file=row["_source_file"],
                line=row["_source_line"],
            )
            for row in self.frame(spark).collect()
        ]
        return sorted(found, key=lambda row: (row.file, row.line or 0))


def write(root: Path | str, files: Mapping[str, bytes]) -> None:
    """Write the files of a feed, by their path below it."""
    for path, content in files.items():
        target = Path(root) / FEED / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


@contextmanager
def landed(files: Mapping[str, bytes]) -> Iterator[str]:
    """Hold a landing root with one feed, a new one for each example of a property."""
    with TemporaryDirectory() as root:
        write(root, files)
        yield root
