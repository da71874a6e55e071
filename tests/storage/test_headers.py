"""Headers of CSV files in a store, which are read without Spark."""

from __future__ import annotations

from tidegate import storage
from tidegate.model.declarations import Files
from tidegate.sources.headers import group_by_header
from tidegate.sources.listing import list_new
from tidegate.sources.options import Options


def test_the_header_of_a_file_in_a_store_is_read(root: str) -> None:
    storage.write_new(storage.join(root, "orders", "1.csv"), b"\xef\xbb\xbf\nid,at\n1,2\n")
    (header,) = group_by_header(list_new(root, Files("orders", "csv"), frozenset()), Options())
    assert (header.names, header.line, header.failure) == (("id", "at"), 2, None)
