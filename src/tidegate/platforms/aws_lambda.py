"""A function of AWS Lambda that starts a run of the release in force, for an event of S3 or a schedule.

Its handler is `tidegate.platforms.aws_lambda.handler`. tidegate without extras is enough: boto3 is Lambda's own, and
Spark is not needed. It waits for nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypedDict, cast

from tidegate.errors import ConfigError
from tidegate.model.releases import PLATFORMS, Release, Released, RunPlatform, base_of
from tidegate.platforms.submissions.aws import client, content_in_s3
from tidegate.platforms.submissions.port import Submission
from tidegate.platforms.submissions.runners import runner_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.platforms.submissions.aws import Clients

RELEASE, PLATFORM, NAME = "TIDEGATE_RELEASE", "TIDEGATE_PLATFORM", "TIDEGATE_RUN"
TARGET, SUFFIX = "TIDEGATE_ON", "TIDEGATE_SUFFIX"


class Answer(TypedDict):
    """What the function returns: the run that was started, or why none was."""

    run: str
    run_id: str | None
    reason: str


def handler(event: Mapping[str, object], context: object = None) -> Answer:
    """Start a run, and return its id.

    The function's variables say what is run: `TIDEGATE_RELEASE` (address of `…/current.json`), `TIDEGATE_PLATFORM`,
    `TIDEGATE_RUN` (a job or a pipeline), and, if need be, `TIDEGATE_ON` (cluster, application or job) and
    `TIDEGATE_SUFFIX`: of S3's events only those of keys that end so start a run. A schedule may name another run:
    `{"run": "silver.orders"}`. Nothing else of an event is handed on: whoever may write a file may not say what is run.

    Raises:
        ConfigError: A variable is missing, or the release cannot be read.
        PlatformError: The platform does not take the run; Lambda tries again by itself.
    """
    del context
    return start(event, os.environ, client)


def start(event: Mapping[str, object], environ: Mapping[str, str], clients: Clients) -> Answer:
    """Start a run as `handler` does.

    Args:
        event: What Lambda was called with.
        environ: The function's variables.
        clients: Gives the client of a service.

    Raises:
        ConfigError: A variable is missing, or the release cannot be read.
        PlatformError: The platform does not take the run.
    """
    name = _name(event, environ)
    if not _is_meant(event, environ.get(SUFFIX, "")):
        return Answer(run=name, run_id=None, reason=f"no key of the event ends in {environ[SUFFIX]}")
    manifest = _variable(environ, RELEASE, "the address of current.json, as `tidegate deploy` prints it")
    asked = _variable(environ, PLATFORM, f"one of: {', '.join(PLATFORMS)}")
    if asked not in PLATFORMS:
        raise ConfigError(
            f"runs cannot be started on {asked!r}", where=PLATFORM, hint=f"one of: {', '.join(PLATFORMS)}"
        )
    submission = Submission(name, _released(manifest, clients), target=environ.get(TARGET) or None)
    started = runner_of(cast("RunPlatform", asked)).start(submission)
    return Answer(run=name, run_id=started.run_id, reason="")


def _released(manifest: str, clients: Clients) -> Released:
    return Released(Release.from_json(content_in_s3(clients, manifest), manifest), base_of(manifest))


def _name(event: Mapping[str, object], environ: Mapping[str, str]) -> str:
    asked = event.get("run")
    if isinstance(asked, str) and asked:
        return asked
    return _variable(environ, NAME, "a job or a pipeline")


def _is_meant(event: Mapping[str, object], suffix: str) -> bool:
    """Return whether an event is to start a run: any schedule, and of S3's events those of keys that end rightly."""
    keys = list(_keys(event))
    return not suffix or not keys or any(key.endswith(suffix) for key in keys)


def _keys(event: Mapping[str, object]) -> Sequence[str]:
    """Return the keys of S3's own notifications, or of those by EventBridge."""
    found = [
        record["s3"]["object"]["key"]
        for record in cast("list[dict[str, dict[str, dict[str, str]]]]", event.get("Records") or [])
        if "s3" in record
    ]
    detail = cast("dict[str, dict[str, str]]", event.get("detail") or {})
    return [*found, *([detail["object"]["key"]] if event.get("source") == "aws.s3" else [])]


def _variable(environ: Mapping[str, str], name: str, hint: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise ConfigError("a variable of the function is missing", where=name, hint=hint)
    return value
