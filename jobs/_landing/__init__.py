"""What a retailer receives every day, cut from published data: the landing folder of the reference lakehouse.

`land` writes the files that have arrived up to a day; what is in them, and what was broken on purpose, is in the ledger
it returns. The columns, units and faults are described in `docs/reference/landing-data.md`.

The modules import each other relatively because the folder is found by two names: `jobs._landing` from the project's
root and `_landing` when `jobs/landing.py` is handed to spark-submit.
"""
# ruff: noqa: TID252

from __future__ import annotations

from .errors import LandingError
from .landing import LandedFiles, land
from .ledger import FileFault, KindCount, LandedFile, LandingLedger, RecordKind, Trait
from .settings import LandingSettings

__all__ = [
    "FileFault",
    "KindCount",
    "LandedFile",
    "LandedFiles",
    "LandingError",
    "LandingLedger",
    "LandingSettings",
    "RecordKind",
    "Trait",
    "land",
]
