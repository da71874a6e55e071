"""A source whose package is not installed names the extra that brings it, before anything is read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.sources.feeds import Feed, write

from tidegate.errors import MissingExtraError, SourceError
from tidegate.model.connections import HttpConnection
from tidegate.sources.http_client import HttpClient
from tidegate.sources.listing import list_new
from tidegate.sources.options import parse_options
from tidegate.sources.parquet import read_parquet
from tidegate.sources.xml_records import read_xml

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

NO_SESSION: Any = None  # nothing of this comes as far as Spark


def read(root: Path, format_: Literal["xml", "parquet"], *, has_gone: bool = False) -> None:
    """Read a feed of one file."""
    write(root, {f"1.{format_}": b"<item/>"})
    feed = Feed(str(root), format_, {"id": "int"}, (("row", "item"),) if format_ == "xml" else ())
    files = list_new(feed.root, feed.declared, frozenset())
    if has_gone:
        (root / "orders" / f"1.{format_}").unlink()
    reader = read_xml if format_ == "xml" else read_parquet
    reader(NO_SESSION, files, parse_options(feed.declared), feed.contract)


@pytest.mark.parametrize(
    ("format_", "package", "extra"),
    [("xml", "defusedxml", "xml"), ("xml", "pyarrow", "spark"), ("parquet", "pyarrow", "spark")],
)
def test_a_format_names_the_extra_that_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: Literal["xml", "parquet"], package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"(?s)needs the package '{package}'.*tidegate\[{extra}\]"):
        read(tmp_path, format_)


def test_an_api_names_the_extra_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(MissingExtraError, match=r"(?s)needs the package 'requests'.*tidegate\[api\]"):
        HttpClient(HttpConnection("shop", "http://127.0.0.1:1"), "shop/orders")


def test_a_parquet_file_that_has_gone_is_named_before_spark_looks_for_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has gone since it was listed(.|\n)*1\.parquet"):
        read(tmp_path, "parquet", has_gone=True)
