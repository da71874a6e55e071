"""Choose the platform: by name, by `TIDEGATE_PLATFORM`, or by what the environment shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import PlatformError
from tidegate.platforms.local import LocalPlatform
from tidegate.platforms.spark_submit import SparkSubmitPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.platforms.port import Platform

VARIABLE = "TIDEGATE_PLATFORM"


def platforms(environ: Mapping[str, str]) -> tuple[Platform, ...]:
    """Return all platforms, the most particular first."""
    return (SparkSubmitPlatform(), LocalPlatform(environ))


def choose_platform(environ: Mapping[str, str], name: str | None = None) -> Platform:
    """Return the platform that is asked for, or the first whose signs are there.

    Args:
        environ: Environment variables.
        name: Name from `--platform` or the configuration; None or `auto` for detection.

    Raises:
        PlatformError: There is no platform of that name.
    """
    known = platforms(environ)
    wanted = next((choice for choice in (name, environ.get(VARIABLE)) if choice and choice != "auto"), None)
    if wanted is None:
        return next(platform for platform in known if platform.is_here(environ))
    for platform in known:
        if platform.name == wanted:
            return platform
    raise PlatformError(
        f"there is no platform {wanted!r}",
        where=f"--platform, {VARIABLE} or the configuration's platform",
        hint=f"one of: auto, {', '.join(platform.name for platform in known)}",
    )
