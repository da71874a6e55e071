"""XML: one record per element of a given path."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from pyspark.cloudpickle import register_pickle_by_value
from pyspark.sql import functions as F

from tidegate.errors import MissingExtraError
from tidegate.sources.origin import ARRIVED, FILE, LINE, arrived_at, reader, source_file
from tidegate.sources.shape import FAILURE, RECORD, UNKNOWN, raw, shape, unknown_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame, SparkSession

    from tidegate.model.contracts import Contract
    from tidegate.sources.listing import LandedFile
    from tidegate.sources.options import Options

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
    from tidegate.sources import xml_parser  # noqa: PLC0415 - an extra

    names = tuple(options.field_of(column.name) for column in contract.columns)
    path = xml_parser.RowPath(options.row, options.is_anchored, frozenset(names))
    content = reader(session).format("binaryFile").load([file.uri for file in files])
    documents = content.select(source_file(files[0].feed_uri), arrived_at(), _CONTENT)
    # The one Python function over rows in this package: Spark 3.5 has no XML reader, and its xpath() fails the whole
    # job on one broken document. It takes its module along, because executors need not have tidegate.
    register_pickle_by_value(xml_parser)  # type: ignore[no-untyped-call]
    columns = (FILE, ARRIVED, LINE, _FIELDS, FAILURE, RECORD)
    parsed = documents.mapInArrow(xml_parser.documents_parser(path, _CONTENT, columns), _SCHEMA)
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
