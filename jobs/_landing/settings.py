"""What can be chosen about the landing data."""
# ruff: noqa: TID252

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .errors import LandingError

FIRST_DAY = date(2017, 1, 1)
LAST_DAY = date(2018, 1, 1)
_SHORTEST_HISTORY = 28


@dataclass(frozen=True)
class LandingSettings:
    """Which part of the published data lands, and how it is cut.

    Attributes:
        seed: Decides which records are late, corrected, sent twice or broken. The same seed gives the same bytes.
        households: Only the households with the lowest ids, so many of them; None for all 2,469. The catalogue is then
            cut to the products that these households buy at any time of the year.
        history_from: First arrival day; records before it never land.
        history_until: Last arrival day of the history that is loaded at once.
        arrivals: How many daily arrivals follow the history.
    """

    seed: int = 2017
    households: int | None = None
    history_from: date = FIRST_DAY
    history_until: date = date(2017, 11, 30)
    arrivals: int = 5

    def __post_init__(self) -> None:
        """Refuse settings that the data cannot fill.

        Raises:
            LandingError: One of the values is out of its range; the message names all that are.
        """
        problems = [
            f"{name}: {rule}"
            for name, rule, is_kept in (
                ("seed", "must be 0 or more", self.seed >= 0),
                ("households", "must be 1 or more, or None for all", self.households is None or self.households >= 1),
                ("history_from", f"must lie in {FIRST_DAY} to {LAST_DAY}", FIRST_DAY <= self.history_from <= LAST_DAY),
                ("history_until", f"must not be after {LAST_DAY}", self.history_until <= LAST_DAY),
                ("history_until", f"must be {_SHORTEST_HISTORY} days or more", self.history_days >= _SHORTEST_HISTORY),
                ("arrivals", "must be 0 or more", self.arrivals >= 0),
            )
            if not is_kept
        ]
        if problems:
            raise LandingError(f"the landing settings cannot be used: {'; '.join(problems)}")

    @property
    def history_days(self) -> int:
        """How many arrival days the history has."""
        return (self.history_until - self.history_from).days + 1

    @property
    def arrival_days(self) -> tuple[date, ...]:
        """The daily arrivals after the history, in order."""
        return tuple(self.arrival_day(number) for number in range(1, self.arrivals + 1))

    def history_day(self, twelfths: int) -> date:
        """Return the arrival day after so many twelfths of the history."""
        return self.history_from + timedelta(days=self.history_days * twelfths // 12)

    def arrival_day(self, number: int) -> date:
        """Return the day of the n-th daily arrival after the history; the first is 1."""
        return self.history_until + timedelta(days=number)
