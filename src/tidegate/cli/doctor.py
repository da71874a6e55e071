"""`tidegate doctor`."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import click

from tidegate.cli.doctor_platform import (
    catalog_answers,
    is_client,
    layer_writes,
    named_platform,
    platform_brings,
    platform_found,
    platform_wants,
    server_answers,
    starts_spark,
)
from tidegate.cli.options import Where, arguments, json_option, with_configuration
from tidegate.errors import ContractError, JobDefinitionError, TidegateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from tidegate.factory.arguments import Arguments
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.platforms.jars import Jars

_EXTRAS = {
    "delta": "deltalake",
    "iceberg": "pyiceberg",
    "openlineage": "openlineage",
    "dbt": "dbt",
    "gx": "great_expectations",
    "xml": "defusedxml",
    "aws": "s3fs",
    "connect": "grpc",
    "databricks": "databricks",
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

    With --platform and the name of one that this machine is not, say what a job needs there: releases, and the exact
    parameters. Places and catalogs are tried from here.

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

    try:
        elsewhere = named_platform(given.platform)
        lakehouse = Lakehouse.open(replace(given, platform=None) if elsewhere else given)
    except TidegateError as error:
        return [*_machine(), Check("configuration", is_fine=False, found=str(error))]
    settings, platform = lakehouse.settings, elsewhere or lakehouse.platform
    checks = [] if elsewhere else _machine(is_starting_spark=starts_spark(platform))
    checks.append(Check("configuration", is_fine=True, found=f"{given.config}, environment {settings.environment}"))
    checks.append(_check("platform", lambda: platform_found(platform)))
    if is_client(platform) and not elsewhere:
        checks.append(_check("server", server_answers))
    if not starts_spark(platform):
        checks.append(_check("releases", lambda: platform_brings(platform)))
        checks.append(_check("parameters", lambda: platform_wants(platform, lakehouse)))
    elif any(connection.type == "kafka" for connection in settings.connections.values()):
        checks.append(_check("kafka", lambda: _kafka(lakehouse)))
    checks.append(_check("jobs", lambda: _jobs(lakehouse)))
    checks.append(_check("contracts", lambda: _contracts(lakehouse)))
    checks.append(_check("alerts", lambda: _alerts(lakehouse)))
    checks += _places(lakehouse)
    checks.append(_extras())
    return checks


def _machine(*, is_starting_spark: bool = True) -> list[Check]:
    """Return what this machine has; Java and jars matter where tidegate starts Spark itself."""
    checks = [_check("python", _python), _check("pyspark", _pyspark)]
    return [*checks, _check("java", _java), _check("jars", _jars)] if is_starting_spark else checks


def _jobs(lakehouse: Lakehouse) -> str:
    """Return how many jobs there are, each of which names only columns that contracts have."""
    from tidegate.job.base import SparkJob  # noqa: PLC0415 - after the configuration is known to be whole
    from tidegate.job.fitting import check_columns  # noqa: PLC0415 - the same

    faults = []
    for job in lakehouse.registry.classes:
        try:
            if issubclass(job, SparkJob):
                check_columns(job, lakehouse.context)
        except JobDefinitionError as error:
            faults.append(str(error))
        except ContractError:
            continue  # told where contracts are looked at
    if faults:
        raise JobDefinitionError("\n".join(faults))
    return f"{len(lakehouse.registry.jobs)} in {lakehouse.settings.jobs.path}"


def _contracts(lakehouse: Lakehouse) -> str:
    """Return how many contracts there are, each of which can be enforced."""
    faults = []
    for table in lakehouse.contracts.tables:
        try:
            lakehouse.contracts.find(table)
        except ContractError as error:
            faults.append(str(error))
    if faults:
        raise ContractError("\n".join(faults))
    return f"{len(lakehouse.contracts.tables)} in {lakehouse.settings.contracts.location}"


def _places(lakehouse: Lakehouse) -> list[Check]:
    """Return whether each layer can be written and read, and whether its catalog answers."""
    checks = []
    for layer, settings in lakehouse.settings.storage.layers.items():
        if settings.format != "memory":
            checks.append(_check(layer, partial(layer_writes, lakehouse, layer)))
        if settings.format == "iceberg":
            checks.append(_check(f"{layer}'s catalog", partial(catalog_answers, lakehouse, layer)))
    return checks


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, is_fine=True, found=look())
    except TidegateError as error:
        return Check(name, is_fine=False, found=str(error))


def _python() -> str:
    from tidegate.platforms.support import check_python  # noqa: PLC0415

    return check_python()


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

    return _fetched(jars_for(frozenset({"delta"}), os.environ))


def _kafka(lakehouse: Lakehouse) -> str:
    """Return whether what a session of this project is given is there, Spark's connector of Kafka among it."""
    from tidegate.platforms.own_spark import jars_of  # noqa: PLC0415

    return _fetched(jars_of(lakehouse.needs(), os.environ))


def _fetched(jars: Jars) -> str:
    is_cached = "spark.jars" in jars.conf()
    return f"{'cached' if is_cached else 'will be downloaded by the first run'}: {', '.join(jars.coordinates)}"


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
