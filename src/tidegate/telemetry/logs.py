"""Logs as JSON lines for machines, or as text for people: one form for tidegate's own records and for all others."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

import structlog

from tidegate.model.log_fields import log_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structlog.typing import EventDict, Processor, WrappedLogger

    _StreamHandler = logging.StreamHandler[TextIO]
else:
    _StreamHandler = logging.StreamHandler  # takes a type since Python 3.11

LogForm: TypeAlias = Literal["json", "text"]

LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
OWN = "tidegate"
_HANDLER = "tidegate.logs"


def configure_logs(form: LogForm, *, level: int, stream: TextIO | None = None) -> None:
    """Write tidegate's records, and the warnings of others, to a stream; calling it again changes how.

    In JSON a record is one line: `timestamp` (ISO 8601, UTC), `level`, `logger`, `event`, the fields of the run that
    wrote it (`run_id`, `job`, `table`, `pipeline`), and what the record itself adds (`step`, `rows`, `seconds` …).
    Handlers that a platform has set up for the root logger are left alone.

    Args:
        form: `json` or `text`.
        level: The least level of tidegate's own records.
        stream: Where to; standard error by default.
    """
    handler = logging.StreamHandler(stream) if stream else _ErrorHandler()
    handler.name = _HANDLER
    if level > logging.DEBUG:
        handler.addFilter(_is_not_of_lost_java)
    handler.setFormatter(_formatter(form, is_terminal=handler.stream.isatty()))
    own, root = logging.getLogger(OWN), logging.getLogger()
    for logger in (own, root):
        for old in [old for old in logger.handlers if old.name == _HANDLER]:
            logger.removeHandler(old)
    own.addHandler(handler)
    own.setLevel(level)
    own.propagate = False
    if not root.handlers:
        root.addHandler(handler)


def _is_not_of_lost_java(record: logging.LogRecord) -> bool:
    """Return whether a record is none of py4j's traces of a Java that does not answer: runs say it in one sentence."""
    return not (record.module in {"java_gateway", "clientserver"} and record.exc_info)


class _ErrorHandler(_StreamHandler):
    """Writes to what standard error is at that moment: a progress display stands in for it while it is shown."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Standard error."""
        return sys.stderr


def _formatter(form: LogForm, *, is_terminal: bool) -> logging.Formatter:
    known: list[Processor] = [
        _add_run,
        structlog.stdlib.ExtraAdder(),
        _drop_what_others_left,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("event"),
        structlog.processors.JSONRenderer(),
    ]
    if form == "text":
        plain = structlog.dev.plain_traceback
        shown = [structlog.dev.ConsoleRenderer(colors=is_terminal, exception_formatter=plain, pad_event_to=0)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=known, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown]
    )


def _drop_what_others_left(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop what formatters of other handlers write on a record."""
    return {name: value for name, value in event.items() if name not in {"message", "asctime"}}


def _add_run(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add the fields of the run that wrote the record."""
    return {**log_fields(), **event}
