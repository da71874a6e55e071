from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs._landing import FileFault, LandingSettings, RecordKind
from jobs._landing.coupon_redemptions import FEED as REDEMPTIONS
from jobs._landing.csv_feed import CsvFeed, DayRows, csv_files
from jobs._landing.customers import FEED as CUSTOMERS
from jobs._landing.days import day_number
from jobs._landing.faults import fault_plan
from jobs._landing.products import FEED as PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs._landing.ledger import PendingFile

SETTINGS = LandingSettings()
START = day_number(SETTINGS.history_from)
LAST = day_number(SETTINGS.arrival_day(5)) + 1
CASES = [
    (feed, day, fault)
    for feed in (CUSTOMERS, PRODUCTS, REDEMPTIONS)
    for day, fault in fault_plan(feed.name, SETTINGS).by_day.items()
]


def rows_of(feed: CsvFeed, day: int, records: int) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(f"{day}{number:03}" if at == 0 else f"{column} {number}" for at, column in enumerate(feed.columns))
        for number in range(records)
    )


def made(feed: CsvFeed, records: int, days: range = range(START, LAST + 1)) -> list[PendingFile]:
    sent = (DayRows(day, rows_of(feed, day, records), RecordKind.CHANGE, "stem") for day in days)
    return list(csv_files(feed, sent, SETTINGS, min(days)))


def files_on(files: Iterable[PendingFile], day: int) -> list[PendingFile]:
    return [file for file in files if day_number(file.arrival_date) == day]


def content_keys(file: PendingFile) -> list[str]:
    text = file.content.decode("utf-8", errors="replace")
    return [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]


@pytest.mark.parametrize(("feed", "day", "fault"), CASES, ids=lambda value: str(getattr(value, "name", value)))
def test_a_broken_file_is_broken_in_the_planned_way(feed: CsvFeed, day: int, fault: FileFault) -> None:
    today = files_on(made(feed, 200, range(day, day + 1)), day)
    broken = next(file for file in today if fault in file.notes.faults)
    header, *rows = broken.content.split(b"\n")
    if fault is FileFault.EMPTY_FILE:
        assert broken.content == b""
    elif fault is FileFault.TRUNCATED_LAST_LINE:
        assert rows[-1].count(b",") < header.count(b",")
        assert rows[-1]
    elif fault is FileFault.NOT_UTF8:
        with pytest.raises(UnicodeDecodeError):
            broken.content.decode("utf-8")
    elif fault is FileFault.WRONG_TYPE:
        assert {row[feed.typed] for row in csv.DictReader(io.StringIO(broken.content.decode()))} > {feed.wrong}
    else:
        assert fault is FileFault.MISSING_COLUMN
        assert feed.required not in header.decode().split(",")
        assert feed.required in files_on(today, day)[0].content.decode().split("\n")[0].split(",")


@pytest.mark.parametrize(("feed", "day", "fault"), CASES, ids=lambda value: str(getattr(value, "name", value)))
def test_what_was_broken_is_sent_whole_the_day_after(feed: CsvFeed, day: int, fault: FileFault) -> None:
    files = made(feed, 200, range(day, day + 2))
    noted = dict.fromkeys(RecordKind, 0)
    for file in files_on(files, day):
        for count in file.notes.counts:
            noted[count.kind] += count.records
    lost = 200 if fault is FileFault.EMPTY_FILE else noted[RecordKind.DAMAGED]
    assert lost > 0
    after = {key for file in files_on(files, day + 1) for key in content_keys(file)}
    assert len([key for key in after if key.startswith(str(day))]) == lost
    counts = [count for file in files_on(files, day + 1) for count in file.notes.counts]
    assert sum(count.records for count in counts if count.kind is RecordKind.RESENT) == lost


@given(st.integers(0, 30))
def test_a_day_without_a_fault_has_one_file_with_a_header_and_all_its_rows(records: int) -> None:
    day = START + 1
    (file,) = files_on(made(CUSTOMERS, records, range(day, day + 1)), day)
    assert file.content.decode().split("\n")[0] == ",".join(CUSTOMERS.columns)
    assert sorted(content_keys(file)) == sorted(row[0] for row in rows_of(CUSTOMERS, day, records))
    assert file.notes.faults == ()


@pytest.mark.parametrize("records", [0, 1, 2])
def test_a_day_with_hardly_a_row_loses_none(records: int) -> None:
    files = made(PRODUCTS, records)
    arrived = {key for file in files if not set(file.notes.faults) for key in content_keys(file)}
    late = {key for file in files for key in content_keys(file) if FileFault.EMPTY_FILE not in file.notes.faults}
    sent = {row[0] for day in range(START, LAST + 1) for row in rows_of(PRODUCTS, day, records)}
    assert arrived <= sent == late


def test_a_quoted_text_reads_back_as_it_was() -> None:
    row = ("7", 'a "b", c', *("" for _ in CUSTOMERS.columns[2:]))
    sent = [DayRows(START + 1, (row,), RecordKind.CHANGE, "stem")]
    (file,) = csv_files(CUSTOMERS, sent, SETTINGS, START)
    assert list(csv.reader(io.StringIO(file.content.decode(), newline="")))[1] == list(row)


def test_the_additional_column_is_there_from_its_day_on_only() -> None:
    since = SETTINGS.arrival_day(2)
    for file in made(REDEMPTIONS, records=3):
        if file.content:
            columns = file.content.decode().split("\n")[0].split(",")
            assert ("campaign_type" in columns) == (file.arrival_date >= since)
            assert (FileFault.EXTRA_COLUMN in file.notes.faults) == (file.arrival_date >= since)


@pytest.mark.parametrize("feed", [CUSTOMERS, PRODUCTS, REDEMPTIONS], ids=lambda feed: feed.name)
def test_days_made_one_by_one_equal_days_made_at_once(feed: CsvFeed) -> None:
    sent = [DayRows(day, rows_of(feed, day, day % 7), RecordKind.CHANGE, "stem") for day in range(START, LAST + 1)]
    at_once = list(csv_files(feed, sent, SETTINGS, START))
    for day in (at + after for _, at, _ in CASES for after in (0, 1, 2)):
        alone = list(csv_files(feed, sent, SETTINGS, day))
        assert alone == [file for file in at_once if day_number(file.arrival_date) >= day]


def test_what_is_owed_is_sent_in_the_state_of_the_day_after() -> None:
    day = next(
        day for day, fault in fault_plan("coupon_redemptions", SETTINGS).by_day.items() if fault is FileFault.EMPTY_FILE
    )
    (old, other), (new,) = rows_of(REDEMPTIONS, day, 2), rows_of(REDEMPTIONS, day, 1)
    new = (new[0], *("new" for _ in new[1:]))
    sent = [
        DayRows(day, (old, other), RecordKind.CHANGE, "stem"),
        DayRows(day + 1, (new,), RecordKind.CHANGE, "stem"),
    ]
    _, after = csv_files(REDEMPTIONS, sent, SETTINGS, day)
    assert content_keys(after) == [old[0], other[0]]
    assert b"new" in after.content.splitlines()[1]
    assert {(count.kind, count.records) for count in after.notes.counts} == {
        (RecordKind.CHANGE, 1),
        (RecordKind.RESENT, 1),
    }
