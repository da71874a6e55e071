"""Open a project for a command: logs in the form that the settings ask for, and progress where a person looks on."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from typing import TYPE_CHECKING

from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.progress import Progress
from tidegate.telemetry.logs import LEVELS, configure_logs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.config import Settings
    from tidegate.factory.arguments import Arguments
    from tidegate.model.events import Observer
    from tidegate.telemetry.logs import LogForm


def open_for_command(arguments: Arguments, *, environ: Mapping[str, str] | None = None) -> Lakehouse:
    """Return the project whose configuration the arguments name, which logs and shows progress on standard error.

    Logs in JSON say all that progress would, so there is one of the two.

    Args:
        arguments: Where the configuration is, and how to run.
        environ: Environment variables; the process's own by default.

    Raises:
        ConfigError: The configuration cannot be used; the message lists every problem.
        PlatformError: There is no such platform.
    """
    lakehouse = Lakehouse.open(arguments, environ=environ)
    form = log_form(lakehouse.settings, is_terminal=sys.stderr.isatty())
    level = logging.WARNING if form == "text" else LEVELS[lakehouse.settings.logs.level]
    configure_logs(form, level=logging.DEBUG if arguments.is_debugging else level)
    return lakehouse if form == "json" else lakehouse.watched_by(progress())


def progress() -> Observer:
    """Return what shows a person how a run goes on: in place on a terminal that can, else a line per job."""
    is_live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and importlib.util.find_spec("rich") is not None
    if not is_live:
        return Progress()
    from tidegate.factory.live import LiveProgress  # noqa: PLC0415 - an extra

    return LiveProgress()


def log_form(settings: Settings, *, is_terminal: bool) -> LogForm:
    """Return the form of logs: what the settings say, or what fits the stream."""
    if settings.logs.format != "auto":
        return settings.logs.format
    return "text" if is_terminal else "json"
