"""Moments in the past of tables: a version or a time, and what a run that is resumed reads."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - tests make values from the annotations
from dataclasses import dataclass, field
from datetime import datetime, timezone

from tidegate.errors import ConfigError


@dataclass(frozen=True)
class Pin:
    """What a run is to take its inputs as of.

    Attributes:
        version: A version of the input whose news make the job run; None where a time is given.
        moment: A time (UTC): what had been committed before it is there; None where a version is given.
    """

    version: int | None = None
    moment: datetime | None = None

    def __str__(self) -> str:
        """Return the version or the time."""
        return f"version {self.version}" if self.moment is None else self.moment.isoformat()

    @classmethod
    def parse(cls, text: str) -> Pin:
        """Return the pin that a text means: digits are a version, anything else is ISO 8601, in UTC where no zone is.

        Raises:
            ConfigError: It is neither.
        """
        if text.isdecimal():
            return cls(version=int(text))
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError as error:
            raise ConfigError(
                f"{text!r} is neither a version nor a time", hint="write 12, 2024-01-31 or 2024-01-31T06:00:00"
            ) from error
        return cls(moment=moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc))


def parse_moment(text: str) -> datetime:
    """Return the time that a text means: ISO 8601, in UTC where no zone is.

    Raises:
        ConfigError: It is none.
    """
    moment = None if text.isdecimal() else Pin.parse(text).moment
    if moment is None:
        raise ConfigError(f"{text!r} is no time", hint="write 2024-01-31 or 2024-01-31T06:00:00+00:00")
    return moment


@dataclass(frozen=True)
class Pins:
    """How far a run reads its inputs: one that is resumed, as they were at its beginning; one of a stream, a part.

    Attributes:
        moment: The moment that the run is about (UTC): rules about the present are about this one, and files that
            landed later are left for the next run. None: the present.
        versions: Per table, the version to read up to; None where there was no such table. Tables that are not named
            are read as they are.
        landed: Files that landed later (UTC) are left for the next run; None: those later than the moment.
        cursors: Per input of a job (`silver.orders/orders`), up to where the run that is resumed read a database or an
            API, as `kind:value`.
        is_resuming: Whether a run is resumed: of a source that it had not asked, what changed after the moment is left
            for the next run, where the cursor is a moment.
    """

    moment: datetime | None
    versions: Mapping[str, int | None] = field(default_factory=dict)
    landed: datetime | None = None
    cursors: Mapping[str, str] = field(default_factory=dict)
    is_resuming: bool = False

    @property
    def landed_by(self) -> datetime | None:
        """The time up to which files are read that have landed; None for all."""
        return self.landed or self.moment
