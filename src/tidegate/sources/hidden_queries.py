"""Keep the queries of our requests out of what the HTTP library logs: they may hold credentials."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# urllib3 logs each request with its query, where somebody has set its level to debug.
_LOGGER = "urllib3.connectionpool"
_is_ours: ContextVar[bool] = ContextVar("is_ours", default=False)


@contextmanager
def asking() -> Iterator[None]:
    """Let the records that the library logs within have no query; those of other code's requests stay as they are."""
    logging.getLogger(_LOGGER).addFilter(_FILTER)  # the second time it is there already
    token = _is_ours.set(True)
    try:
        yield
    finally:
        _is_ours.reset(token)


class _QueryFilter(logging.Filter):
    """Cuts the queries off the addresses of a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _is_ours.get() and isinstance(record.args, tuple):
            record.args = tuple(_without_query(argument) for argument in record.args)
        return True


_FILTER = _QueryFilter()


def _without_query(argument: object) -> object:
    return argument.partition("?")[0] if isinstance(argument, str) else argument
