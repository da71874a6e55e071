"""Where alerts go, from the settings, and trying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.alerts.message import compose
from tidegate.alerts.port import Alert
from tidegate.alerts.sending import receiver_of, utc_now
from tidegate.alerts.settings import (
    AlertSettings,
    ServiceTarget,
    SinkSettings,
    SlackTarget,
    SmtpTarget,
    SnsTarget,
    SqsTarget,
)
from tidegate.config.sections.alerts import (
    ServiceSinkSettings,
    SlackSinkSettings,
    SmtpSinkSettings,
    SnsSinkSettings,
)
from tidegate.errors import ConfigError
from tidegate.job.context import new_run_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.alerts.settings import Target
    from tidegate.config import Settings
    from tidegate.config.sections.alerts import AlertSinkSettings
    from tidegate.dispatch.port import Answer


def alert_settings(settings: Settings, environ: Mapping[str, str]) -> AlertSettings:
    """Return where alerts go beside the log, with all secrets read.

    Args:
        settings: The settings.
        environ: Environment variables, for references to secrets.

    Raises:
        ConfigError: A secret cannot be read.
    """
    chosen = settings.alerts
    return AlertSettings(
        root=settings.storage.root,
        environment=settings.lineage.namespace,
        sinks=tuple(
            SinkSettings(
                sink.name,
                _target(sink, environ),
                sink.severities,
                sink.tables,
                sink.timeout_seconds,
                sink.most_per_hour,
            )
            for sink in chosen.sinks
        ),
        repeat_seconds=chosen.repeat_after_minutes * 60,
        run_link=chosen.run_link,
        runbook_link=chosen.runbook_link,
    )


def check_sinks(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the places that alerts go to, after a look at all that can be seen without sending.

    Raises:
        ConfigError: A secret cannot be read, or a place cannot be used as it is written.
        MissingExtraError: A place needs a package that is not installed.
    """
    sinks = alert_settings(settings, environ).sinks
    for sink in sinks:
        receiver_of(sink)
    return tuple(sink.name for sink in sinks)


def send_test_alert(settings: Settings, environ: Mapping[str, str], only: str | None = None) -> dict[str, Answer]:
    """Send one alert of kind `test` to every place, whatever it is for, and return what became of it, by place.

    The answer is waited for; nothing is spooled, and repeats are sent again.

    Args:
        settings: The settings.
        environ: Environment variables, for references to secrets.
        only: The one place to try; None for all.

    Raises:
        ConfigError: There is no such place, or one cannot be used as it is written.
        MissingExtraError: A place needs a package that is not installed.
    """
    sending = alert_settings(settings, environ)
    names = [sink.name for sink in sending.sinks]
    if only is not None and only not in names:
        raise ConfigError(f"alerts have no sink {only!r}", hint=f"sinks: {', '.join(names) or 'none'}")
    alert = Alert(
        severity="info",
        title="this is a test of where alerts go",
        run_id=new_run_id(),
        job="tidegate alerts test",
        advice="nothing to do",
        kind="test",
    )
    message = compose(alert, sending.environment, utc_now(), sending.run_link, sending.runbook_link)
    answers = {}
    for sink in sending.sinks:
        if only in {None, sink.name}:
            receiver = receiver_of(sink)
            answers[sink.name] = receiver.send(message)
            receiver.close()
    return answers


def _target(sink: AlertSinkSettings, environ: Mapping[str, str]) -> Target:
    if isinstance(sink, SnsSinkSettings):
        return SnsTarget(sink.topic_arn)
    if isinstance(sink, ServiceSinkSettings):
        return ServiceTarget(sink.url.resolve(environ).reveal())
    if isinstance(sink, SlackSinkSettings):
        return SlackTarget(sink.webhook.resolve(environ).reveal())
    if isinstance(sink, SmtpSinkSettings):
        return SmtpTarget(
            host=sink.host,
            port=sink.port,
            sender=sink.sender,
            recipients=sink.recipients,
            encryption=sink.encryption,
            user=sink.user,
            password=sink.password.resolve(environ).reveal() if sink.password else None,
        )
    return SqsTarget(sink.queue_url, sink.region)
