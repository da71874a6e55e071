"""Jobs that need no Python: where rows come from, how they are cleaned and how they are written."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - as above
from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate.model.declarations import Input  # noqa: TC001 - tests make values from the annotations
from tidegate.model.modes import WriteMode  # noqa: TC001 - as above

Argument: TypeAlias = "str | int | bool | tuple[str, ...] | Mapping[str, str] | None"


@dataclass(frozen=True)
class Cleaning:
    """One step of cleaning: a transform of the catalogue and its arguments.

    Attributes:
        transform: Its name in `tidegate.transforms.catalogue`.
        arguments: Its arguments by name, the frame left out.
    """

    transform: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True)
class Standard:
    """A job that is declared alone; its contract is the one of its table, as of any job.

    Attributes:
        table: The table that it writes, which is also its name.
        source: What it reads.
        mode: How its table is written.
        steps: How its rows are cleaned, one after the other.
        cluster_by: Columns by which a batch is sorted within its files.
        description: What the table holds, in one line.
    """

    table: str
    source: Input
    mode: WriteMode
    steps: tuple[Cleaning, ...] = ()
    cluster_by: tuple[str, ...] = ()
    description: str = ""
