from __future__ import annotations

import bz2
import gzip
import lzma
from typing import TYPE_CHECKING

import pytest
from tests.sources.feeds import FEED, write

from tidegate.errors import SourceError
from tidegate.model.declarations import Files
from tidegate.sources.headers import group_by_header, parse_header
from tidegate.sources.listing import list_new
from tidegate.sources.options import Options

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = Files(FEED, "csv")


def groups(root: Path, files: dict[str, bytes], options: Options) -> dict[tuple[str, ...], list[str]]:
    write(root, files)
    found = group_by_header(list_new(str(root), ORDERS, frozenset()), options)
    return {header.names: [file.path for file in group] for header, group in found.items()}


def test_files_with_the_same_columns_are_read_together(tmp_path: Path) -> None:
    files = {"1.csv": b"a,b\n1,2", "2.csv": b"b,a\n", "3.csv": b"a,b\r\n", "4.csv": b"", "5.csv": b" \n\n"}
    assert groups(tmp_path, files, Options()) == {("a", "b"): ["1.csv", "3.csv"], ("b", "a"): ["2.csv"]}


def test_a_mark_blank_lines_and_spaces_before_the_names_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {"1.csv": b'\xef\xbb\xbf\n\n a ,"b;c"\n'})
    (header,) = group_by_header(list_new(str(tmp_path), ORDERS, frozenset()), Options())
    assert (header.names, header.line, header.failure) == (("a", "b;c"), 3, None)


def test_names_are_read_in_the_encoding_and_signs_of_the_options(tmp_path: Path) -> None:
    options = Options(encoding="iso-8859-1", delimiter=";", quote="'", escape="\\")
    assert groups(tmp_path, {"1.csv": b"gr\xf6\xdfe;'a\\'b'\n"}, options) == {("größe", "a'b"): ["1.csv"]}


@pytest.mark.parametrize(
    ("text", "failure"), [("a,b,a", "repeated column in the header"), ('a,"b', "unreadable header"), ("a,b", None)]
)
def test_a_header_that_cannot_be_used_says_why(text: str, failure: str | None) -> None:
    assert parse_header(text, 1, Options()).failure == failure


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".gz", gzip.compress(b"a,b\n")[:6]),
        (".gz", gzip.compress(b"a,b\n")[:-9]),
        (".gz", gzip.compress(b"")[:10] + b"\xff" * 50),
        (".gz", b"a,b\n"),
        (".bz2", bz2.compress(b"a,b\n")[:-9]),
        (".bz2", b"a,b\n"),
        (".xz", lzma.compress(b"a,b\n")[:-9]),
        (".xz", b"a,b\n"),
        (".zst", b"a,b\n"),
    ],
)
def test_a_compressed_file_that_is_not_whole_is_named(tmp_path: Path, suffix: str, content: bytes) -> None:
    write(tmp_path, {f"1.csv{suffix}": content})
    files = list_new(str(tmp_path), Files(FEED, "csv", suffix=suffix), frozenset())
    with pytest.raises(SourceError, match=r"is not whole or not compressed") as error:
        group_by_header(files, Options())
    assert str(error.value.where).endswith(f"1.csv{suffix}")


def test_a_fault_that_is_none_of_the_file_is_not_taken_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"1.csv": b"a\n"})
    files = list_new(str(tmp_path), ORDERS, frozenset())
    monkeypatch.setattr("fsspec.core.url_to_fs", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        group_by_header(files, Options())


def test_a_file_that_cannot_be_opened_is_named_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path, {"1.csv": b"a\n1"})
    files = list_new(str(tmp_path), ORDERS, frozenset())
    (tmp_path / FEED / "1.csv").unlink()
    (tmp_path / FEED / "1.csv").mkdir()
    with pytest.raises(SourceError, match=r"cannot be opened: Is a directory(.|\n)*1\.csv"):
        group_by_header(files, Options())


def test_a_file_that_has_gone_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"1.csv": b"a\n1"})
    files = list_new(str(tmp_path), ORDERS, frozenset())
    (tmp_path / FEED / "1.csv").unlink()
    with pytest.raises(SourceError, match=r"has gone since it was listed(.|\n)*1\.csv"):
        group_by_header(files, Options())
