"""Writes the landing folder: only what is not there yet, whole files only, and an index of what they hold."""
# ruff: noqa: TID252

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from .coupon_redemptions import coupon_redemption_files
from .customers import customer_files
from .days import day_number
from .errors import LandingError
from .files import replace_file
from .fx_rates import fx_rate_files
from .index import INDEX_NAME, LandingIndex, index_text, read_index
from .ledger import LandedFile, LandingLedger
from .order_lines import order_line_files
from .products import product_files
from .settings import LandingSettings
from .source import read_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from .ledger import PendingFile


@dataclass(frozen=True)
class LandedFiles:
    """A landing folder as it is after a landing.

    Attributes:
        root: The folder.
        through: The last arrival day that was asked for.
        ledger: Every file that has arrived up to that day, and what is in it.
        written: How many of them were written just now; the others were there, byte for byte.
    """

    root: Path
    through: date
    ledger: LandingLedger
    written: int


def land(root: Path, *, through: date, settings: LandingSettings | None = None) -> LandedFiles:
    """Return the landing folder with every file that has arrived up to and including the day `through`.

    The files are `<root>/<feed>/arrival_date=YYYY-MM-DD/<name>`. A file that is there with the right content is not
    touched, one that is missing or differs is written, next to its place and then renamed, so that a reader sees whole
    files only. Files of later days that an earlier landing wrote stay.

    Args:
        root: The landing folder; made if it is not there.
        through: Last arrival day.
        settings: Which data lands; the default is all of it.

    Raises:
        LandingError: `through` lies before the first arrival day, the folder holds a landing of other settings, or the
            published data is not installed.
    """
    settings = settings or LandingSettings()
    if through < settings.history_from:
        raise LandingError(
            f"nothing has arrived up to {through}: the first arrival day is {settings.history_from}; "
            "ask for that day or a later one"
        )
    known = read_index(root)
    if known is not None and known.settings != settings:
        raise LandingError(
            f"{root}: holds a landing with {known.settings}, not with {settings}; "
            "land in another folder, or delete this one and what was loaded from it"
        )
    ledger = LandingLedger(()) if known is None else known.ledger
    first = settings.history_from
    if known is not None and _is_intact(root, ledger.select(until=through)):
        first = known.through + timedelta(days=1)
    if first > through:
        return LandedFiles(root, through, ledger.select(until=through), written=0)
    made, written = _write(root, _pending(settings, first, through))
    kept = (
        *ledger.select(until=first - timedelta(days=1)).files,
        *ledger.select(since=through + timedelta(days=1)).files,
    )
    whole = LandingLedger(tuple(sorted((*kept, *made), key=lambda file: (file.arrival_date, file.feed, file.name))))
    complete = through if known is None else max(through, known.through)
    replace_file(root / INDEX_NAME, index_text(LandingIndex(settings, complete, whole)))
    return LandedFiles(root, through, whole.select(until=through), written)


def _pending(settings: LandingSettings, since: date, through: date) -> Iterator[PendingFile]:
    shop = read_shop(settings, through)
    first, last = day_number(since), day_number(through)
    return chain(
        order_line_files(shop, settings, first, last),
        customer_files(shop, settings, first, last),
        product_files(shop, settings, first, last),
        coupon_redemption_files(shop, settings, first, last),
        fx_rate_files(settings, first, last),
    )


def _write(root: Path, pending: Iterator[PendingFile]) -> tuple[list[LandedFile], int]:
    files, written = [], 0
    for ready in pending:
        digest = hashlib.sha256(ready.content).hexdigest()
        file = LandedFile(ready.feed, ready.arrival_date, ready.name, len(ready.content), digest, ready.notes)
        written += replace_file(root / file.path, ready.content)
        files.append(file)
    return files, written


def _is_intact(root: Path, ledger: LandingLedger) -> bool:
    return all(_content_digest(root / file.path, file.size_bytes) == file.sha256 for file in ledger.files)


def _content_digest(path: Path, size_bytes: int) -> str | None:
    try:
        if path.stat().st_size != size_bytes:
            return None
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
