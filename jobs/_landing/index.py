"""The landing folder's own index: which files of which settings it holds, as `_landing.json` beside the feeds."""
# ruff: noqa: TID252

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from .ledger import FileFault, FileNotes, KindCount, LandedFile, LandingLedger, RecordKind, Trait, TraitCount
from .settings import LandingSettings

if TYPE_CHECKING:
    from pathlib import Path

INDEX_NAME = "_landing.json"
# Raised whenever the same settings make other files than before, so that an older landing is made anew.
_FORMAT = 1
# Feed, arrival date, name, size, digest, records per kind, records per trait, faults.
_Entry = tuple[str, str, str, int, str, dict[str, int], dict[str, int], list[str]]


@dataclass(frozen=True)
class LandingIndex:
    """What a landing folder holds, complete up to an arrival day."""

    settings: LandingSettings
    through: date
    ledger: LandingLedger


def read_index(root: Path) -> LandingIndex | None:
    """Return the folder's index; None if it has none, or one that this version did not write."""
    try:
        stored = json.loads((root / INDEX_NAME).read_text(encoding="utf-8"))
        if stored["format"] != _FORMAT:
            return None
        settings = stored["settings"]
        for name in ("history_from", "history_until"):
            settings[name] = date.fromisoformat(settings[name])
        files = tuple(_file(entry) for entry in stored["files"])
        return LandingIndex(LandingSettings(**settings), date.fromisoformat(stored["through"]), LandingLedger(files))
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return None


def index_text(index: LandingIndex) -> bytes:
    """Return the index as JSON with one file per line, so that two of them compare well."""
    settings = json.dumps(asdict(index.settings), default=date.isoformat)
    files = ",\n".join(json.dumps(_entry(file)) for file in index.ledger.files)
    return (
        f'{{"format": {_FORMAT}, "settings": {settings}, "through": "{index.through.isoformat()}", "files": [\n'
        f"{files}\n]}}\n"
    ).encode()


def _entry(file: LandedFile) -> _Entry:
    return (
        file.feed,
        file.arrival_date.isoformat(),
        file.name,
        file.size_bytes,
        file.sha256,
        {count.kind.value: count.records for count in file.notes.counts},
        {count.trait.value: count.records for count in file.notes.traits},
        [fault.value for fault in file.notes.faults],
    )


def _file(entry: _Entry) -> LandedFile:
    feed, arrival_date, name, size_bytes, sha256, counts, traits, faults = entry
    notes = FileNotes(
        counts=tuple(KindCount(RecordKind(kind), records) for kind, records in counts.items()),
        traits=tuple(TraitCount(Trait(trait), records) for trait, records in traits.items()),
        faults=tuple(FileFault(fault) for fault in faults),
    )
    return LandedFile(feed, date.fromisoformat(arrival_date), name, size_bytes, sha256, notes)
