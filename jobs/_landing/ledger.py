"""What landed and what was broken on purpose: the numbers that a run over the landing folder must find again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


class RecordKind(str, Enum):
    """Why a record is in its file. Every record of every file has exactly one kind."""

    ON_TIME = "on_time"
    LATE = "late_1_to_3_days"
    VERY_LATE = "late_4_to_30_days"
    CORRECTION = "correction"
    DUPLICATE = "duplicate"
    SNAPSHOT = "snapshot"
    CHANGE = "change"
    DAMAGED = "damaged"
    RESENT = "resent"


class FileFault(str, Enum):
    """What is wrong with a file."""

    TRUNCATED_LAST_LINE = "truncated_last_line"
    WRONG_TYPE = "wrong_type"
    MISSING_COLUMN = "missing_column"
    EXTRA_COLUMN = "extra_column"
    EMPTY_FILE = "empty_file"
    NOT_UTF8 = "not_utf8"


class Trait(str, Enum):
    """What the contracts must find in undamaged records; all but the last is dirt of the published data itself."""

    ZERO_QUANTITY = "zero_quantity"
    UNKNOWN_PRODUCT = "unknown_product"
    NO_DEMOGRAPHICS = "no_demographics"
    NO_CATEGORY = "no_category"
    OLDER_THAN_3_DAYS = "older_than_3_days"


@dataclass(frozen=True)
class KindCount:
    """How many records of one kind a file holds."""

    kind: RecordKind
    records: int


@dataclass(frozen=True)
class TraitCount:
    """How many undamaged records of a file have a trait."""

    trait: Trait
    records: int


@dataclass(frozen=True)
class FileNotes:
    """What is known of a file's content: records per kind, traits of the undamaged ones, and what is broken."""

    counts: tuple[KindCount, ...] = ()
    traits: tuple[TraitCount, ...] = ()
    faults: tuple[FileFault, ...] = ()


@dataclass(frozen=True)
class PendingFile:
    """A file that is ready to be written."""

    feed: str
    arrival_date: date
    name: str
    content: bytes
    notes: FileNotes


@dataclass(frozen=True)
class LandedFile:
    """A file in the landing folder.

    Attributes:
        feed: The feed it belongs to, such as order_lines.
        arrival_date: The day it arrived.
        name: File name inside `<feed>/arrival_date=<day>/`.
        size_bytes: Its size.
        sha256: Digest of its content.
        notes: What is in it.
    """

    feed: str
    arrival_date: date
    name: str
    size_bytes: int
    sha256: str
    notes: FileNotes

    @property
    def path(self) -> str:
        """Where the file is, from the landing folder on."""
        return f"{self.feed}/arrival_date={self.arrival_date.isoformat()}/{self.name}"


@dataclass(frozen=True)
class LandingLedger:
    """Every file that landed, in order of arrival, feed and name."""

    files: tuple[LandedFile, ...]

    def select(self, feed: str | None = None, since: date | None = None, until: date | None = None) -> LandingLedger:
        """Return the ledger of one feed and of the arrival days from `since` to `until`, both included."""
        return LandingLedger(
            tuple(
                file
                for file in self.files
                if (feed is None or file.feed == feed)
                and (since is None or file.arrival_date >= since)
                and (until is None or file.arrival_date <= until)
            )
        )

    def records(self, *kinds: RecordKind) -> int:
        """Return how many records are in the files; of the given kinds if any are given."""
        counts = (count for file in self.files for count in file.notes.counts)
        return sum(count.records for count in counts if not kinds or count.kind in kinds)

    def having(self, trait: Trait) -> int:
        """Return how many undamaged records have this trait."""
        counts = (count for file in self.files for count in file.notes.traits)
        return sum(count.records for count in counts if count.trait == trait)

    def broken(self, *faults: FileFault) -> tuple[LandedFile, ...]:
        """Return the files with a fault; with one of the given faults if any are given."""
        return tuple(file for file in self.files if any(not faults or fault in faults for fault in file.notes.faults))

    @property
    def size_bytes(self) -> int:
        """The size of all files."""
        return sum(file.size_bytes for file in self.files)
