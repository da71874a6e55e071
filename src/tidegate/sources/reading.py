"""Read the files of a feed into the columns of a contract, losing no record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from tidegate.errors import SourceError
from tidegate.sources.csv_lines import read_csv
from tidegate.sources.failures import source_failure
from tidegate.sources.jsonl import read_jsonl
from tidegate.sources.options import parse_options
from tidegate.sources.origin import FILE
from tidegate.sources.parquet import read_parquet
from tidegate.sources.shape import CORRUPT, PROBLEMS, RESCUED
from tidegate.sources.xml_records import read_xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.contracts import Contract
    from tidegate.model.declarations import Files
    from tidegate.sources.listing import LandedFile

_READERS = {"jsonl": read_jsonl, "csv": read_csv, "xml": read_xml, "parquet": read_parquet}
_OWN_COLUMNS = (
    f"{RESCUED} string, {CORRUPT} string, {PROBLEMS} array<struct<column:string,reason:string>>, "
    "_source_file string, _source_line bigint, _arrived_at timestamp"
)


def read_files(session: SparkSession, files: Sequence[LandedFile], declared: Files, contract: Contract) -> DataFrame:
    """Return the records of the files: one row per line that is not blank, XML record or Parquet row.

    Nothing is lost. A text that does not fit its column leaves the column null, is noted in `_problems` and kept in
    `_rescued`; so is a field that the contract does not have, without being a problem. A missing field is null. A
    record that cannot be read at all has nulls in all columns, its reason in `_problems` and itself in
    `_corrupt_record`. An empty file has no rows.

    Args:
        session: The session.
        files: What `list_new` has found.
        declared: Their format and options.
        contract: The columns to read, by name and type.

    Returns:
        The contract's columns; `_rescued` (JSON object of texts by the file's names; null when there is none);
        `_corrupt_record` (the record as it came; base64 of its bytes where they are not UTF-8); `_problems` (array of
        `column` and `reason`; null when there is none; `column` is null where the reason concerns the whole record);
        `_source_file` (path below the feed); `_source_line` (line, from 1; for XML the number of the record in its
        file; null for Parquet and in text files over 32 MiB); `_arrived_at` (when the file was last written).

    Raises:
        JobDefinitionError: The options are not those of the format.
        SourceError: A file has gone since it was listed, or cannot be read at all.
        MissingExtraError: The format needs a package that is not installed.
    """
    options = parse_options(declared)
    filled = [file for file in files if file.size]
    nothing = session.createDataFrame([], f"{contract.ddl}, {_OWN_COLUMNS}")
    try:
        found = _READERS[declared.format](session, filled, options, contract) if filled else None
    except PySparkException as error:
        known = source_failure(error)
        if known is None:
            raise SourceError(
                f"Spark cannot read the {declared.format} files of a feed",
                where=filled[0].feed_uri,
                hint=str(error).partition("\n")[0],
            ) from error
        raise known from error
    return nothing if found is None else found


def read_counted(session: SparkSession, files: Sequence[LandedFile], declared: Files, contract: Contract) -> DataFrame:
    """Return what `read_files` does, once the files are known to have the rows that their manifests say."""
    records = read_files(session, files, declared, contract)
    check_counts(records, files, declared.feed)
    return records


def check_counts(records: DataFrame, files: Sequence[LandedFile], feed: str) -> None:
    """Refuse files that have more or fewer records than the manifest of their delivery says. Reads those files once.

    Args:
        records: What `read_files` returned for the files.
        files: The files.
        feed: Their feed, for messages.

    Raises:
        SourceError: A file has another number of records.
    """
    told = {file.path: file.rows for file in files if file.rows is not None}
    if not told:
        return
    found: dict[str, int] = dict.fromkeys(told, 0)
    counted = records.groupBy(FILE).agg(F.count(F.lit(1)).alias("_rows")).collect()
    found |= {row[FILE]: row["_rows"] for row in counted if row[FILE] in told}
    wrong = sorted(path for path, rows in told.items() if rows != found[path])
    if wrong:
        raise SourceError(
            f"{len(wrong)} files do not have the rows that their manifest says: {wrong[0]} has {found[wrong[0]]} of "
            f"{told[wrong[0]]}",
            where=feed,
            hint="nothing of the batch is published; have the files or the manifest sent again",
        )
