"""XML: one record per element of a given path."""

from __future__ import annotations

import base64
import json
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import MissingExtraError
from tidegate.sources.origin import ARRIVED, FILE, LINE, arrived_at, reader, source_file
from tidegate.sources.shape import FAILURE, RECORD, UNKNOWN, raw, shape, unknown_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import Column, DataFrame, SparkSession

    from tidegate.model.contracts import Contract
    from tidegate.sources.listing import LandedFile
    from tidegate.sources.options import Options
    from tidegate.sources.xml_parser import RowPath

_FIELDS = "_fields"
_CONTENT = "content"
_SCHEMA = f"{FILE} string, {ARRIVED} timestamp, {LINE} bigint, {_FIELDS} string, {FAILURE} string, {RECORD} string"


def read_xml(session: SparkSession, files: Sequence[LandedFile], options: Options, contract: Contract) -> DataFrame:
    """Return one row per record, in the columns that `shape` describes; one for a document that cannot be read.

    Raises:
        MissingExtraError: defusedxml or pyarrow is not installed.
    """
    for package, extra in (("defusedxml", "xml"), ("pyarrow", "spark")):
        if find_spec(package) is None:
            raise MissingExtraError(package, extra=extra, purpose="reading XML")
    from tidegate.sources.xml_parser import RowPath  # noqa: PLC0415 - an extra

    names = tuple(options.field_of(column.name) for column in contract.columns)
    path = RowPath(options.row, options.is_anchored, frozenset(names))
    content = reader(session).format("binaryFile").load([file.uri for file in files])
    documents = content.select(source_file(files[0].feed_uri), arrived_at(), _CONTENT)
    # The one Python function over rows in this package: Spark 3.5 has no XML reader, and its xpath() fails the whole
    # job on one broken document.
    parsed = documents.mapInArrow(_parser(path), _SCHEMA)
    fields = parsed.withColumn(_FIELDS, F.from_json(_FIELDS, "map<string,string>"))
    return shape(
        fields.select(
            FILE,
            LINE,
            ARRIVED,
            FAILURE,
            RECORD,
            unknown_fields(F.col(_FIELDS), names).alias(UNKNOWN),
            *(_text(name).alias(raw(index)) for index, name in enumerate(names)),
        ),
        contract,
        options,
    )


def _text(name: str) -> Column:
    """Return a field's text; an empty one is null, as XML has no other way to say so."""
    text = F.element_at(_FIELDS, name)
    return F.when(text != "", text)


def _parser(path: RowPath) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what turns batches of documents into batches of records, a batch per document."""

    def parse(documents: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415 - runs in Spark's Python workers

        for batch in documents:
            for index in range(batch.num_rows):
                one = batch.slice(index, 1)
                rows = list(_rows(one.column(_CONTENT)[0].as_py(), path))
                columns = [
                    pa.array(one.column(FILE).to_pylist() * len(rows), pa.string()),
                    pa.array(one.column(ARRIVED).to_pylist() * len(rows), one.schema.field(ARRIVED).type),
                    pa.array([row[0] for row in rows], pa.int64()),
                    *(pa.array([row[place] for row in rows], pa.string()) for place in (1, 2, 3)),
                ]
                yield pa.RecordBatch.from_arrays(columns, names=[FILE, ARRIVED, LINE, _FIELDS, FAILURE, RECORD])

    return parse


def _rows(content: bytes, path: RowPath) -> Iterator[tuple[int | None, str | None, str | None, str | None]]:
    """Yield number, fields as JSON, failure and text of each record; for a document that cannot be read, once."""
    from tidegate.sources.xml_parser import UnreadableXmlError, parse_records  # noqa: PLC0415 - an extra

    if not content.strip():
        return
    try:
        records = parse_records(content, path)
    except UnreadableXmlError as error:
        yield None, None, str(error), _as_it_came(content)
        return
    for number, fields in enumerate(records, start=1):
        yield number, json.dumps(fields), None, None


def _as_it_came(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode("ascii")
