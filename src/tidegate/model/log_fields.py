"""What every log record of a run says: which run, which job, which table. Set once per run, read by who writes logs."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NONE: Mapping[str, str] = MappingProxyType({})
_FIELDS: ContextVar[Mapping[str, str]] = ContextVar("tidegate_log_fields", default=_NONE)


def log_fields() -> Mapping[str, str]:
    """Return the fields of the run that the calling thread is in; none outside of a run."""
    return _FIELDS.get()


@contextmanager
def logged_with(**fields: str | None) -> Iterator[None]:
    """Add fields to every log record that the calling thread writes within; those that are None are left out."""
    given = {name: value for name, value in fields.items() if value is not None}
    before = _FIELDS.set({**_FIELDS.get(), **given})
    try:
        yield
    finally:
        _FIELDS.reset(before)
