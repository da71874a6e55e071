"""`tidegate doctor`."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration
from tidegate.errors import PlatformError, TidegateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from tidegate.factory.arguments import Arguments
    from tidegate.factory.lakehouse import Lakehouse

_PYTHONS = ((3, 10), (3, 13))
_EXTRAS = {
    "delta": "deltalake",
    "iceberg": "pyiceberg",
    "openlineage": "openlineage",
    "dbt": "dbt",
    "gx": "great_expectations",
    "xml": "defusedxml",
    "aws": "s3fs",
}


@dataclass(frozen=True)
class Check:
    """What one check found.

    Attributes:
        name: What was checked.
        is_fine: Whether a run can go on with it.
        found: What was found, or the error in its three parts.
    """

    name: str
    is_fine: bool
    found: str


@click.command("doctor")
@with_configuration
@json_option
def command(*, is_json: bool, **where: Unpack[Where]) -> None:
    """Check everything that a run needs on this machine, and say what to do about what is missing.

    Exit code 0 when all is well, 2 otherwise. Spark is not started.
    """
    checks = examine(arguments(where))
    if is_json:
        click.echo(json.dumps({"checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            click.echo(f"{'ok     ' if check.is_fine else 'PROBLEM'} {check.name:<14} {check.found}")
    sys.exit(0 if all(check.is_fine for check in checks) else 2)


def examine(given: Arguments) -> list[Check]:
    """Return what every check found."""
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help

    checks = [_check("python", _python), _check("pyspark", _pyspark), _check("java", _java), _check("jars", _jars)]
    try:
        lakehouse = Lakehouse.open(given)
    except TidegateError as error:
        return [*checks, Check("configuration", is_fine=False, found=str(error))]
    settings = lakehouse.settings
    checks.append(Check("configuration", is_fine=True, found=f"{given.config}, environment {settings.environment}"))
    checks.append(_check("platform", lambda: lakehouse.platform.name))
    checks.append(_check("jobs", lambda: f"{len(lakehouse.registry.jobs)} in {settings.jobs.path}"))
    checks.append(_check("contracts", lambda: f"{len(lakehouse.contracts.tables)} in {settings.contracts.location}"))
    checks.append(_check("alerts", lambda: _alerts(lakehouse)))
    checks.append(_check("storage", lambda: _write_and_read(lakehouse)))
    checks.append(_extras())
    return checks


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, is_fine=True, found=look())
    except TidegateError as error:
        return Check(name, is_fine=False, found=str(error))


def _python() -> str:
    lowest, highest = _PYTHONS
    if not lowest <= sys.version_info[:2] <= highest:
        raise PlatformError(
            f"Python {sys.version_info.major}.{sys.version_info.minor} is not supported",
            hint=f"use {lowest[0]}.{lowest[1]} to {highest[0]}.{highest[1]}",
        )
    return sys.version.split()[0]


def _pyspark() -> str:
    from tidegate.platforms.jars import delta_package, spark_version  # noqa: PLC0415

    version = spark_version()
    return f"{version}, with {delta_package(version)}"


def _java() -> str:
    from tidegate.platforms.jars import spark_version  # noqa: PLC0415
    from tidegate.platforms.java import find_java, java_version  # noqa: PLC0415

    home = find_java(os.environ, spark_version())
    return f"{java_version(home)} at {home}"


def _jars() -> str:
    from tidegate.platforms.jars import jars_for  # noqa: PLC0415

    jars = jars_for(frozenset({"delta"}), os.environ)
    is_cached = "spark.jars" in jars.conf()
    return f"{'cached' if is_cached else 'will be downloaded by the first run'}: {', '.join(jars.coordinates)}"


def _write_and_read(lakehouse: Lakehouse) -> str:
    from tidegate import storage  # noqa: PLC0415

    root = lakehouse.settings.storage.root
    probe = storage.join(root, "_tidegate", "doctor", f"{uuid.uuid4()}.txt")
    storage.write_new(probe, b"tidegate")
    storage.read_bytes(probe)
    storage.delete(probe)
    return f"{root} can be written and read"


def _alerts(lakehouse: Lakehouse) -> str:
    from tidegate.factory.alerting import check_sinks  # noqa: PLC0415

    log = lakehouse.settings.alerts.log
    places = (*(("the log",) if log else ()), *check_sinks(lakehouse.settings, os.environ))
    return f"{', '.join(places) or 'nowhere'} (`tidegate alerts test` sends one)"


def _extras() -> Check:
    missing = [extra for extra, module in _EXTRAS.items() if importlib.util.find_spec(module) is None]
    there = [extra for extra in _EXTRAS if extra not in missing]
    hint = f"; not installed: {', '.join(missing)} (pip install 'tidegate[NAME]' where needed)" if missing else ""
    return Check("extras", is_fine=True, found=f"installed: {', '.join(there) or 'none'}{hint}")
