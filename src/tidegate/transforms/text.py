"""Clean texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from tidegate.transforms.names import column, own_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import Column, DataFrame

# White space of ASCII, and what spreadsheets and web pages leave: no-break, thin, zero-width and ideographic spaces.
_BLANKS = " \t\n\r\f\v\u00a0\u2007\u2009\u200b\u202f\u3000\ufeff"


def trim_strings(frame: DataFrame, columns: Sequence[str] | None = None) -> DataFrame:
    """Return the frame with white space, also that of Unicode, removed from both ends of its texts; nulls stay null.

    Args:
        frame: Any frame.
        columns: Columns of type string; None takes all, tidegate's own (`_…`) left out.
    """
    return _mapped(frame, columns, _trimmed)


def blank_to_null(frame: DataFrame, columns: Sequence[str] | None = None) -> DataFrame:
    """Return the frame with null for every text that is empty or of white space only; other texts stay as they are.

    Args:
        frame: Any frame.
        columns: Columns of type string; None takes all, tidegate's own (`_…`) left out.
    """
    return _mapped(frame, columns, lambda text: F.when(_trimmed(text) != "", text))


def standardize_case(frame: DataFrame, columns: Sequence[str], case: Literal["lower", "upper"] = "upper") -> DataFrame:
    """Return the frame with the texts of some columns in one case; nulls stay null.

    Args:
        frame: Any frame.
        columns: Columns of type string.
        case: The case.
    """
    return _mapped(frame, columns, F.upper if case == "upper" else F.lower)


def _trimmed(text: Column) -> Column:
    return F.btrim(text, F.lit(_BLANKS))


def _mapped(frame: DataFrame, columns: Sequence[str] | None, change: Callable[[Column], Column]) -> DataFrame:
    texts = [field.name for field in frame.schema.fields if isinstance(field.dataType, StringType)]
    chosen = [name for name in texts if name not in own_columns(frame)] if columns is None else columns
    return frame.withColumns({name: change(column(name)) for name in chosen}) if chosen else frame
