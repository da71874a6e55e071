"""Headers of CSV files, read without Spark, so that files with the same columns are read together."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BufferedReader
from typing import TYPE_CHECKING

import fsspec
from fsspec.utils import infer_compression

from tidegate.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.sources.listing import LandedFile
    from tidegate.sources.options import Options

_READ_AHEAD = 64 * 1024
_LONGEST = 1024 * 1024
_AT_ONCE = 16
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Header:
    """What the first line of a file that is not blank says.

    Attributes:
        names: Names of the fields, in order, without spaces around them.
        line: Its number, from 1.
        text: The line itself, without its end and without a byte order mark.
        failure: Why the names cannot be used; None where they can.
    """

    names: tuple[str, ...]
    line: int
    text: str
    failure: str | None = None


def group_by_header(files: Sequence[LandedFile], options: Options) -> Mapping[Header, tuple[LandedFile, ...]]:
    """Return the files by their header, in the files' order; files without a line that is not blank are left out.

    Raises:
        SourceError: A file has gone, cannot be opened, or is compressed and not whole.
    """
    groups: dict[Header, list[LandedFile]] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for file, header in zip(files, pool.map(lambda file: _header(file, options), files), strict=True):
            if header is not None:
                groups.setdefault(header, []).append(file)
    return {header: tuple(group) for header, group in groups.items()}


def parse_header(text: str, line: int, options: Options) -> Header:
    """Return the header that a line is."""
    doubled = options.escape == options.quote
    try:
        cells = next(
            csv.reader(
                [text],
                delimiter=options.delimiter,
                quotechar=options.quote,
                doublequote=doubled,
                escapechar=None if doubled else options.escape,
                strict=True,
            )
        )
    except csv.Error:
        return Header((), line, text, "unreadable header")
    names = tuple(cell.strip() for cell in cells)
    return Header(names, line, text, "repeated column in the header" if len(set(names)) < len(names) else None)


def _header(file: LandedFile, options: Options) -> Header | None:
    try:
        files, path = fsspec.core.url_to_fs(file.uri)
        opened = files.open(path, "rb", compression="infer", block_size=_READ_AHEAD)
        # Files of stores read no line of a limited length by themselves.
        with opened as content, BufferedReader(content) as lines:
            line, found = _first_line(lines)
    except Exception as error:
        known = _failure(file.uri, error)
        if known is None:
            raise
        raise known from error
    text = found.decode(options.encoding, errors="replace").removesuffix("\n").removesuffix("\r")
    return parse_header(text, line, options) if text.strip(" \t\r") else None


def _failure(uri: str, error: Exception) -> SourceError | None:
    """Return what a file says that cannot be read; None where nothing is known of it.

    Each decompressor has errors of its own; what they have in common is that they are not the system's.
    """
    is_of_system = isinstance(error, OSError) and error.errno is not None
    if isinstance(error, FileNotFoundError):
        what = "has gone since it was listed"
        hint = "leave landing files where they are; run again, and what is still there is read"
    elif infer_compression(uri) is not None and not is_of_system:
        what, hint = (
            "has the name of a compressed one, and is not whole or not compressed",
            "have it sent again, or take it out of the feed",
        )
    elif isinstance(error, OSError):
        what = f"cannot be opened: {error.strerror or type(error).__name__}"
        hint = "check the path and its permissions"
    else:
        return None
    return SourceError(f"a file {what}", where=uri, hint=hint)


def _first_line(content: BufferedReader) -> tuple[int, bytes]:
    """Return the number and the bytes of the first line that is not blank, without a byte order mark, or nothing."""
    for number, line in enumerate(iter(lambda: content.readline(_LONGEST), b""), start=1):
        bare = line.removeprefix(_BOM) if number == 1 else line
        if bare.strip(b" \t\r\n"):
            return number, bare
    return 0, b""
