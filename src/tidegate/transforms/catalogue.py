"""The transforms that a job without Python may name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.transforms.columns import cast_columns, rename_columns
from tidegate.transforms.rows import latest_by_key, select_columns
from tidegate.transforms.text import blank_to_null, standardize_case, trim_strings
from tidegate.transforms.times import day_of, parse_timestamps, to_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    from tidegate.model.standard import Cleaning

CATALOGUE: Mapping[str, Callable[..., DataFrame]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            blank_to_null,
            cast_columns,
            day_of,
            latest_by_key,
            parse_timestamps,
            rename_columns,
            select_columns,
            standardize_case,
            to_utc,
            trim_strings,
        )
    }
)


def cleaned(frame: DataFrame, steps: tuple[Cleaning, ...]) -> DataFrame:
    """Return a frame taken through steps of cleaning, one after the other.

    Args:
        frame: Any frame.
        steps: The steps.

    Raises:
        JobDefinitionError: A step is not in the catalogue.
    """
    for step in steps:
        if step.transform not in CATALOGUE:
            raise JobDefinitionError(
                f"there is no transform {step.transform!r}", hint=f"the catalogue has: {', '.join(CATALOGUE)}"
            )
        frame = frame.transform(CATALOGUE[step.transform], **step.arguments)
    return frame
