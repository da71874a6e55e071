"""The project that a command is run in, or none where the command needs none."""

from __future__ import annotations

import os
from pathlib import Path

from tidegate.config.bare import bare_settings
from tidegate.factory.arguments import DEFAULT_CONFIG, Arguments
from tidegate.factory.lakehouse import Lakehouse
from tidegate.platforms.detection import VARIABLE, choose_platform


def open_project(arguments: Arguments) -> Lakehouse:
    """Return the project whose configuration the arguments name; where nobody names one and none is there, a bare one.

    A bare one has no tables of its own and no connections: it is enough to look at files.

    Raises:
        ConfigError: The configuration cannot be used.
        PlatformError: There is no such platform.
    """
    is_asked_for = arguments.config != DEFAULT_CONFIG or bool(arguments.overrides)
    if is_asked_for or Path(arguments.config).exists():
        return Lakehouse.open(arguments)
    platform = choose_platform(os.environ, arguments.platform or os.environ.get(VARIABLE) or "auto")
    return Lakehouse(bare_settings(str(Path.cwd())), platform, environ=os.environ, is_debugging=arguments.is_debugging)
