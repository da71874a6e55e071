"""Choose the platform: by name, by `TIDEGATE_PLATFORM`, or by what the machine shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import PlatformError
from tidegate.platforms.databricks import DatabricksPlatform
from tidegate.platforms.emr import EmrPlatform
from tidegate.platforms.emr_serverless import EmrServerlessPlatform
from tidegate.platforms.glue import GluePlatform
from tidegate.platforms.kubernetes import KubernetesPlatform
from tidegate.platforms.local import LocalPlatform
from tidegate.platforms.port import Machine
from tidegate.platforms.spark_connect import SparkConnectPlatform
from tidegate.platforms.spark_submit import SparkSubmitPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.platforms.port import Platform

VARIABLE = "TIDEGATE_PLATFORM"
_CHOSEN_BY = f"--platform, {VARIABLE} or the configuration's platform"


def platforms(environ: Mapping[str, str]) -> tuple[Platform, ...]:
    """Return all platforms, the most particular first."""
    return (
        EmrPlatform(),
        EmrServerlessPlatform(),
        GluePlatform(),
        DatabricksPlatform(),
        SparkConnectPlatform(environ),
        KubernetesPlatform(environ),
        SparkSubmitPlatform(),
        LocalPlatform(environ),
    )


def choose_platform(environ: Mapping[str, str], name: str | None = None, *, machine: Machine | None = None) -> Platform:
    """Return the platform that is asked for, or the one whose signs are there.

    The signs of EMR, EMR Serverless, Glue and Databricks are theirs alone. Where none is there, a process that is told
    of a server of Spark Connect is its client, a pod is Kubernetes, a driver of spark-submit is that, and all else is
    local.

    Args:
        environ: Environment variables.
        name: Name from `--platform` or the configuration; None or `auto` for detection.
        machine: What is looked at; this machine by default.

    Raises:
        PlatformError: There is no platform of that name, there are the signs of two, or those of another one.
    """
    machine = machine or Machine(environ)
    known = platforms(environ)
    wanted = next((choice for choice in (name, environ.get(VARIABLE)) if choice and choice != "auto"), None)
    chosen = platform_named(wanted, environ) if wanted else None
    owners = {platform.name: signs for platform in known if platform.is_managed and (signs := platform.signs(machine))}
    if chosen is not None:
        _check_no_other(chosen, owners)
        return chosen
    if len(owners) > 1:
        raise PlatformError(
            f"this machine shows signs of {len(owners)} platforms",
            where=_told(owners),
            hint=f"say which one it is: --platform {' or '.join(owners)}",
        )
    return next(platform for platform in known if platform.signs(machine))


def platform_here(machine: Machine) -> Platform:
    """Return the platform whose signs are there, whatever is asked for: how a process ends is not a matter of choice.

    Of two it is the first; a run on such a machine has been refused already.
    """
    return next(platform for platform in platforms(machine.environ) if platform.signs(machine))


def platform_named(name: str, environ: Mapping[str, str]) -> Platform:
    """Return the platform of that name, wherever this is: to say something of it, and not to run there.

    Raises:
        PlatformError: There is no platform of that name.
    """
    known = platforms(environ)
    for platform in known:
        if platform.name == name:
            return platform
    raise PlatformError(
        f"there is no platform {name!r}",
        where=_CHOSEN_BY,
        hint=f"one of: auto, {', '.join(platform.name for platform in known)}",
    )


def _check_no_other(chosen: Platform, owners: Mapping[str, tuple[str, ...]]) -> None:
    if owners and chosen.name not in owners:
        raise PlatformError(
            f"the platform {chosen.name} is asked for, and this machine is another",
            where=_told(owners),
            hint=f"leave {_CHOSEN_BY} out, or name what it is: {', '.join(owners)}",
        )


def _told(owners: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{name}: {' and '.join(signs)}" for name, signs in owners.items())
