"""The arguments of a Glue job: Glue mixes its own among those of the script, and knows pairs only."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tidegate.errors import PlatformError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What Glue documents as its own, what it passes besides, and what it asks never to set.
_OF_GLUE = """
--additional-python-modules --auto-scale-within-microbatch --class --conf --continuous-log-conversionPattern
--continuous-log-logGroup --continuous-log-logStreamPrefix --customer-driver-env-vars --customer-executor-env-
vars --datalake-formats --debug --disable-proxy-v2 --enable-auto-scaling --enable-continuous-cloudwatch-log
--enable-continuous-log-filter --enable-glue-datacatalog --enable-job-insights --enable-lakeformation-fine-
grained-access --enable-metrics --enable-observability-metrics --enable-rename-algorithm-v2 --enable-s3-parquet-
optimized-committer --enable-spark-ui --encryption-type --endpoint --execution-class --executor-cores --extra-
files --extra-jars --extra-py-files --job-bookmark-from --job-bookmark-option --job-bookmark-to --job-language
--JOB_ID --JOB_NAME --JOB_RUN_ID --mode --python-modules-installer-option --RedshiftTempDir --scriptLocation
--SECURITY_CONFIGURATION --spark-event-logs-path --spark-ui-event-logs-path --TempDir --use-postgres-driver
--user-jars-first --WORKFLOW_NAME --WORKFLOW_RUN_ID --write-shuffle-files-to-s3 --write-shuffle-spills-to-s3
"""
_GLUES = frozenset(_OF_GLUE.split())
_OPTION_IN_IT = "--python-modules-installer-option"  # of Glue; its value is an option of pip
_FLAGS = frozenset({"--json"})
_MANY = frozenset({"--set"})
_YES, _NO = frozenset({"", "true"}), frozenset({"false"})


def script_arguments(argv: Sequence[str]) -> list[str]:
    """Return the arguments that are the script's, as they would be given on a shell.

    Names count in full only. A flag has a value in Glue, such as `true`; `--set` may be there once, so several
    settings stand in one value with blanks between them, quoted as on a shell where a value has blanks itself.
    `--debug` is Glue's own.

    Args:
        argv: The arguments without the script's name, as Glue mixed them.

    Raises:
        PlatformError: A flag's value is neither true nor false, or the quotes of a value do not end.
    """
    return [part for name, values in _groups(argv) if name not in _GLUES for part in _given(name, values)]


def _groups(argv: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each name with the values up to the next name; what stands before the first has an empty name."""
    name, values = "", list[str]()
    for part in argv:
        if not part.startswith("--") or (name == _OPTION_IN_IT and not values):
            values.append(part)
            continue
        yield name, values
        name, joined, value = part.partition("=")
        values = [value] if joined else []
    yield name, values


def _given(name: str, values: Sequence[str]) -> Iterator[str]:
    if name in _FLAGS:
        yield from [name] if _is_on(name, values) else []
    elif name in _MANY:
        for part in _split(name, " ".join(values)):
            yield from (name, part)
    else:
        yield from [*([name] if name else []), *values]


def _is_on(name: str, values: Sequence[str]) -> bool:
    said = "".join(values).strip().lower()
    if said not in _YES | _NO:
        raise PlatformError(f"{name} is true or false", where="the job's parameters in Glue", hint=f"{name} true")
    return said in _YES


def _split(name: str, text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise PlatformError(
            f"the quotes in {name} do not end", where="the job's parameters in Glue", hint="a.b=c 'd.e=some words'"
        ) from None
