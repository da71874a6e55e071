"""The feed `fx_rates`: the ECB's euro reference rates in the ECB's own XML, on the days it published any."""
# ruff: noqa: TID252

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from .days import day_of
from .ledger import FileNotes, KindCount, PendingFile, RecordKind
from .packaged import packaged_archive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .settings import LandingSettings

FEED = "fx_rates"
_NOT_QUOTED = "N/A"
_SEED_DAYS = 90
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
"""
_FOOT = "\t</Cube>\n</gesmes:Envelope>\n"


@dataclass(frozen=True)
class _Publication:
    """The rates of one day: for each currency, how much of it one euro buys, as the ECB wrote it."""

    day: date
    rates: tuple[tuple[str, str], ...]


def fx_rate_files(settings: LandingSettings, first: int, last: int) -> Iterator[PendingFile]:
    """Yield the files of the publications from day `first` to day `last`; none on weekends and TARGET holidays.

    On the first arrival day the 90 days before it arrive in one file, so that a weekend's orders have a rate to go by.
    """
    start, since, until = settings.history_from, day_of(first), day_of(last)
    if since == start:
        before = _publications(start - timedelta(days=_SEED_DAYS), start - timedelta(days=1))
        yield _file(start, "eurofxref-hist-90d.xml", before[::-1])
    for published in _publications(since, until):
        yield _file(published.day, "eurofxref-daily.xml", [published])


def _publications(since: date, until: date) -> list[_Publication]:
    table = packaged_archive("currency_converter", "eurofxref-hist.zip")
    header, *rows = (line.split(",") for line in table.splitlines() if line)
    published = [
        _Publication(
            date.fromisoformat(row[0]),
            tuple(
                (currency, rate)
                for currency, rate in zip(header[1:], row[1:], strict=True)
                if currency and rate and rate != _NOT_QUOTED
            ),
        )
        for row in rows
        if since.isoformat() <= row[0] <= until.isoformat()
    ]
    return sorted(published, key=lambda one: one.day)


def _file(arrival: date, name: str, publications: list[_Publication]) -> PendingFile:
    cubes = "".join(_cube(published) for published in publications)
    records = sum(len(published.rates) for published in publications)
    notes = FileNotes(counts=(KindCount(RecordKind.ON_TIME, records),) if records else ())
    return PendingFile(FEED, arrival, name, (_HEAD + cubes + _FOOT).encode(), notes)


def _cube(published: _Publication) -> str:
    rates = "".join(f"\t\t\t<Cube currency='{currency}' rate='{rate}'/>\n" for currency, rate in published.rates)
    return f"\t\t<Cube time='{published.day.isoformat()}'>\n{rates}\t\t</Cube>\n"
