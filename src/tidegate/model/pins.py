"""A moment in the past of a table: a version, or a time."""

from __future__ import annotations

from dataclasses import dataclass
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
