from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from jobs._landing import LandingLedger, LandingSettings, RecordKind, Trait, land

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "landing-data.md"
ROW = re.compile(r"^\| (?P<feed>[a-z_]+) \| (?P<what>[a-z0-9_]+) \|(?P<numbers>( [\d,]+ \|){6})$", re.MULTILINE)
SETTINGS = LandingSettings()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> LandingLedger:
    root = tmp_path_factory.mktemp("full")
    return land(root, through=SETTINGS.arrival_day(5), settings=SETTINGS).ledger


def documented() -> dict[tuple[str, str], list[int]]:
    return {
        (row["feed"], row["what"]): [int(number.replace(",", "")) for number in row["numbers"].split("|") if number]
        for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))
    }


def counted(ledger: LandingLedger, what: str) -> int:
    if what == "files":
        return len(ledger.files)
    if what in {trait.value for trait in Trait}:
        return ledger.having(Trait(what))
    return ledger.records(RecordKind(what))


def periods(ledger: LandingLedger, feed: str) -> list[LandingLedger]:
    history = ledger.select(feed, until=SETTINGS.history_until)
    return [history, *(ledger.select(feed, since=day, until=day) for day in SETTINGS.arrival_days)]


@pytest.mark.slow
def test_the_documented_numbers_are_those_that_land(ledger: LandingLedger) -> None:
    told = documented()
    found = {
        (feed, what): [counted(period, what) for period in periods(ledger, feed)]
        for feed in {file.feed for file in ledger.files}
        for what in ("files", *(kind.value for kind in RecordKind), *(trait.value for trait in Trait))
    }
    assert told == {key: numbers for key, numbers in found.items() if any(numbers)}


@pytest.mark.slow
def test_the_documented_faults_are_those_that_land(ledger: LandingLedger) -> None:
    row = re.compile(r"^\| (\d{4}-\d\d-\d\d) \| ([a-z_]+) \| `(.+?)` \| ([a-z0-9_]+) \| (\d+) \|$", re.MULTILINE)
    told = {tuple(match.groups()) for match in row.finditer(PAGE.read_text(encoding="utf-8"))}
    found = set()
    for file in ledger.broken():
        damaged = sum(count.records for count in file.notes.counts if count.kind is RecordKind.DAMAGED)
        faults = [fault.value for fault in file.notes.faults if fault.value != "extra_column"]
        found |= {(file.arrival_date.isoformat(), file.feed, file.name, fault, str(damaged)) for fault in faults}
    assert told == found


@pytest.mark.slow
def test_every_line_ordered_in_the_history_is_counted_once(ledger: LandingLedger) -> None:
    on_time = ledger.select("order_lines", until=date(2017, 11, 30)).records(RecordKind.ON_TIME, RecordKind.DAMAGED)
    late = on_time / 1_339_220
    assert 0.9779 < late < 0.9781
