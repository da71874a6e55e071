"""Text files as lines: one row per line that is not blank, with its number and whether its bytes are text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.sources.origin import ARRIVED, FILE, LINE, arrived_at, reader, source_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame, SparkSession

    from tidegate.sources.listing import LandedFile
    from tidegate.sources.options import Options

# A file up to this size is taken into memory whole, which is what tells the number of a line.
WHOLE_FILE_BYTES = 32 * 1024 * 1024
_COMPRESSED = (".bz2", ".deflate", ".gz", ".lz4", ".snappy", ".zst")
_COMPRESSION = 10

TEXT = "_text"
IS_TEXT = "_is_text"

_IS_UTF8 = "_is_utf8"
_BOM = "\ufeff"
_LATIN_BOM = "\u00ef\u00bb\u00bf"
_FIRST_SIGN = "!"
_FIRST_WITH_UTF8_CHECK = 4
# Where windows-1252 differs from ISO 8859-1; the five codes that it leaves open stay control characters.
_WINDOWS = {code: bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)}


def read_lines(
    session: SparkSession,
    files: Sequence[LandedFile],
    options: Options,
    pattern: str | None = None,
) -> DataFrame:
    """Return one row per line that is not blank.

    Lines end with a line feed, with or without a carriage return before it. A byte order mark is taken off.

    Args:
        session: The session.
        files: Files, none of them empty.
        options: Their encoding.
        pattern: Matches one record with its line's end, for records of several lines; each file is then taken whole,
            whatever its size, and the number is that of a record's first line. None takes each line for a record.

    Returns:
        `_source_file`, `_arrived_at`, `_source_line` (bigint, from 1; null in files over 32 MiB), `_text` (the bytes as
        they are where `_is_text` is false) and `_is_text`.
    """
    whole = [file for file in files if pattern is not None or _memory(file) <= WHOLE_FILE_BYTES]
    large = [file for file in files if pattern is None and _memory(file) > WHOLE_FILE_BYTES]
    parts = [_whole(session, whole, options, pattern)] if whole else []
    parts += [_streamed(session, large, options)] if large else []
    return parts[0] if len(parts) == 1 else parts[0].unionByName(parts[1])


def _whole(session: SparkSession, files: Sequence[LandedFile], options: Options, pattern: str | None) -> DataFrame:
    """Take each file as one text, so that a line's place in it is its number.

    Splitting goes through characters, which would not bring back bytes that are not UTF-8. A file with such bytes is
    therefore split as ISO 8859-1, where every byte is a character, and its lines are turned back into the bytes they
    were.
    """
    origin = (source_file(files[0].feed_uri), arrived_at())
    texts = reader(session).text([file.uri for file in files], wholetext=True).select(*origin, "value")
    latin = F.decode(F.col("value").cast("binary"), "ISO-8859-1")
    if options.encoding != "utf-8":
        decoded = texts.select(FILE, ARRIVED, _decoded(latin, options).alias("value"), F.lit(True).alias(_IS_UTF8))  # noqa: FBT003 - a literal, not a flag
        return _cleaned(_split(decoded, pattern).withColumnRenamed(_IS_UTF8, IS_TEXT))
    checked = texts.withColumn(_IS_UTF8, is_utf8(session, "value"))
    text = F.when(F.col(_IS_UTF8), _without(F.col("value"), _BOM)).otherwise(_without(latin, _LATIN_BOM))
    lines = _split(checked.select(FILE, ARRIVED, text.alias("value"), _IS_UTF8), pattern)
    as_it_was = F.encode(F.col(TEXT), "ISO-8859-1").cast("string")
    restored = lines.withColumn(TEXT, F.when(F.col(_IS_UTF8), F.col(TEXT)).otherwise(as_it_was))
    return _cleaned(restored.withColumn(IS_TEXT, F.col(_IS_UTF8) | is_utf8(session, TEXT)))


def _split(texts: DataFrame, pattern: str | None) -> DataFrame:
    """Return the pieces of each text with the number of line feeds before them."""
    if pattern is None:
        lines = texts.select(FILE, ARRIVED, _IS_UTF8, F.posexplode(F.split("value", "\n")).alias(LINE, TEXT))
        return lines.where(_is_filled())
    found = F.regexp_extract_all("value", F.lit(pattern), F.lit(0))
    pieces = texts.select(FILE, ARRIVED, _IS_UTF8, F.posexplode(found).alias("_piece", TEXT))
    breaks = F.char_length(TEXT) - F.char_length(F.replace(F.col(TEXT), F.lit("\n"), F.lit("")))
    before = Window.partitionBy(FILE).orderBy(F.asc_nulls_last("_piece")).rowsBetween(Window.unboundedPreceding, -1)
    numbered = pieces.withColumn(LINE, F.coalesce(F.sum(breaks).over(before), F.lit(0)))
    return numbered.drop("_piece").withColumn(TEXT, F.regexp_replace(TEXT, "\\n\\z", "")).where(_is_filled())


def _streamed(session: SparkSession, files: Sequence[LandedFile], options: Options) -> DataFrame:
    """Read large files in splits; Spark does not tell how many lines are before a split, so lines have no number."""
    origin = (source_file(files[0].feed_uri), arrived_at())
    lines = reader(session).text([file.uri for file in files], lineSep="\n")
    numbered = lines.select(*origin, F.lit(None).cast("int").alias(LINE), F.col("value").alias(TEXT))
    if options.encoding == "utf-8":
        unmarked = numbered.withColumn(TEXT, _without(F.col(TEXT), _BOM)).withColumn(IS_TEXT, is_utf8(session, TEXT))
        return _cleaned(unmarked.where(~F.col(IS_TEXT) | _is_filled()))
    decoded = numbered.withColumn(TEXT, _decoded(F.decode(F.col(TEXT).cast("binary"), "ISO-8859-1"), options))
    return _cleaned(decoded.where(_is_filled()).withColumn(IS_TEXT, F.lit(True)))  # noqa: FBT003 - a literal, not a flag


def is_utf8(session: SparkSession, name: str) -> Column:
    """Return whether the bytes of a text column are UTF-8."""
    if int(session.version.split(".")[0]) >= _FIRST_WITH_UTF8_CHECK:
        return F.expr(f"is_valid_utf8({name})")
    content = F.col(name).cast("binary")
    return F.encode(F.decode(content, "UTF-8"), "UTF-8") == content


def _cleaned(lines: DataFrame) -> DataFrame:
    """Count lines from 1, and take the carriage return off the ends of those that are text."""
    text = F.col(TEXT)
    cut = text.substr(F.lit(1), F.char_length(text) - 1)
    return lines.select(
        FILE,
        ARRIVED,
        (F.col(LINE) + 1).cast("bigint").alias(LINE),
        F.when(F.col(IS_TEXT) & text.endswith("\r"), cut).otherwise(text).alias(TEXT),
        IS_TEXT,
    )


def _is_filled() -> Column:
    """Return whether a line is not blank. Most lines begin with a sign, which spares them the costly trim."""
    return (F.col(TEXT) >= _FIRST_SIGN) | (F.btrim(TEXT, F.lit(" \t\r")) != "")


def _without(text: Column, mark: str) -> Column:
    return F.when(text.startswith(mark), text.substr(len(mark) + 1, 2**31 - 1)).otherwise(text)


def _decoded(latin: Column, options: Options) -> Column:
    """Return a text in its own encoding, given as ISO 8859-1. Spark 4 has no windows-1252: its letters are put in."""
    if options.encoding == "iso-8859-1":
        return latin
    codes = [code for code, character in _WINDOWS.items() if character]
    return F.translate(latin, "".join(map(chr, codes)), "".join(_WINDOWS[code] for code in codes))


def _memory(file: LandedFile) -> int:
    return file.size * (_COMPRESSION if file.path.endswith(_COMPRESSED) else 1)
