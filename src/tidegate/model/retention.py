"""How long something is kept: a number of days, weeks, months or years."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.errors import ContractError, SelectionError

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract, ServiceLevel

Unit: TypeAlias = Literal["day", "week", "month", "year"]

_UNITS: dict[str, Unit] = {
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("w", "week", "weeks"), "week"),
    **dict.fromkeys(("m", "mo", "month", "months"), "month"),
    **dict.fromkeys(("y", "yr", "year", "years"), "year"),
}
_TEXT = re.compile(r"(\d{1,4}) ?([a-z]+)")
_ALLOWED = "a whole number of days, weeks, months or years, such as 30d, 8w, 6m or 2y"
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Retention:
    """A length of time in whole days, counted by the calendar.

    Attributes:
        number: How many.
        unit: Of what.
    """

    number: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Retention:
        """Return the length that a text such as `30d` means.

        Raises:
            SelectionError: It means none.
        """
        match = _TEXT.fullmatch(text.strip().lower())
        unit = _UNITS.get(match[2]) if match else None
        if match is None or unit is None:
            raise SelectionError(f"{text!r} is no length of time", where="--older-than", hint=_ALLOWED)
        return cls(int(match[1]), unit)

    @classmethod
    def of(cls, level: ServiceLevel, contract: Contract) -> Retention:
        """Return what a service level of a contract says.

        Raises:
            ContractError: It says no length of time.
        """
        try:
            return cls.parse(f"{level.value} {level.unit or 'd'}")
        except SelectionError as error:
            raise ContractError(
                f"the service level {level.property} of {contract.table} is no length of time",
                where=contract.location or None,
                hint=_ALLOWED,
            ) from error

    def before(self, today: date) -> date:
        """Return the first day that is kept."""
        if self.unit in ("day", "week"):
            days = self.number * (7 if self.unit == "week" else 1)
            return today - timedelta(days=min(days, (today - date.min).days))
        months = today.year * _MONTHS_A_YEAR + today.month - 1 - self.number * (12 if self.unit == "year" else 1)
        year, month = divmod(months, _MONTHS_A_YEAR)
        if year < date.min.year:
            return date.min
        return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))
