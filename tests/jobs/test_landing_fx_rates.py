from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from currency_converter import CurrencyConverter
from defusedxml import ElementTree
from jobs._landing import RecordKind

if TYPE_CHECKING:
    from tests.jobs.landed import Year

ECB = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}"
GESMES = "{http://www.gesmes.org/xml/2002-08-01}"

Rates = dict[date, dict[str, float]]


@pytest.fixture(scope="module")
def published() -> Rates:
    rates: Rates = {}
    for currency, days in CurrencyConverter()._rates.items():
        for day, rate in days.items():
            if rate is not None and date(2016, 10, 3) <= day <= date(2018, 2, 5):
                rates.setdefault(day, {})[currency] = rate
    return rates


def read(content: bytes) -> Rates:
    root = ElementTree.fromstring(content)
    assert root.tag == f"{GESMES}Envelope"
    assert root.findtext(f"{GESMES}Sender/{GESMES}name") == "European Central Bank"
    return {
        date.fromisoformat(cube.attrib["time"]): {
            rate.attrib["currency"]: float(rate.attrib["rate"]) for rate in cube.findall(f"{ECB}Cube")
        }
        for cube in root.findall(f"{ECB}Cube/{ECB}Cube")
    }


def test_each_publication_arrives_on_its_day_with_the_published_rates(year: Year, published: Rates) -> None:
    landed: Rates = {}
    for file in year.landed.ledger.select("fx_rates").files:
        rates = read((year.landed.root / file.path).read_bytes())
        if file.name == "eurofxref-daily.xml":
            assert list(rates) == [file.arrival_date]
        assert file.notes.counts[0].kind is RecordKind.ON_TIME
        assert sum(len(day) for day in rates.values()) == file.notes.counts[0].records
        landed |= rates
    assert landed == published


def test_weekends_and_target_holidays_have_no_file(year: Year) -> None:
    files = year.landed.ledger.select("fx_rates").files
    days = {file.arrival_date for file in files if file.name == "eurofxref-daily.xml"}
    gone = {date(2017, 1, 2) + timedelta(days=at) for at in range(364)} - days
    weekdays = sorted(day for day in gone if day.weekday() < 5)
    assert weekdays == [date(2017, 4, 14), date(2017, 4, 17), date(2017, 5, 1), date(2017, 12, 25), date(2017, 12, 26)]
    assert all(day.weekday() < 5 for day in days)


def test_the_first_day_has_rates_to_go_by_though_it_is_a_sunday(year: Year) -> None:
    (file,) = year.landed.ledger.select("fx_rates", until=date(2017, 1, 1)).files
    assert file.name == "eurofxref-hist-90d.xml"
    assert max(read((year.landed.root / file.path).read_bytes())) == date(2016, 12, 30)
