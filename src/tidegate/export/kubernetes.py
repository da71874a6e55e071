"""A pipeline as Kubernetes manifests: tidegate orders the jobs, so a run is one pod, whatever the pipeline asks for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import yaml

from tidegate.errors import JobDefinitionError
from tidegate.export.flow import generated_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.export.flow import Flow, Platform

Value: TypeAlias = "str | int | bool | Sequence[Value] | Mapping[str, Value]"

_LONGEST_NAME = 52  # Kubernetes adds eleven characters to the name of a CronJob, of 63
_USER = 10_001
_NEVER = "0 0 1 1 *"
_KEPT_SECONDS = 7 * 86_400


class Kubernetes:
    """Writes manifests: the CronJob of a pipeline, and a suspended one from which a run is resumed by hand."""

    platforms: tuple[Platform, ...] = ("kubernetes",)
    is_whole = True

    def text(self, flow: Flow) -> str:
        """Return the manifests, as YAML of several documents.

        Raises:
            JobDefinitionError: The pipeline's name is too long for a CronJob.
        """
        name = flow.name.replace("_", "-").replace(".", "-")
        if len(f"{name}-resume") > _LONGEST_NAME:
            raise JobDefinitionError(
                f"the name {flow.name} is too long for a CronJob",
                hint=f"at most {_LONGEST_NAME - len('-resume')} characters",
            )
        manifests = [
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": flow.settings.service_account, "labels": _labels(flow)},
                "automountServiceAccountToken": False,
            },
            _cron_job(flow, name, ()),
            _cron_job(flow, f"{name}-resume", ("--resume",)),
        ]
        documents = (yaml.safe_dump(manifest, sort_keys=False, width=120, allow_unicode=True) for manifest in manifests)
        return f"# {generated_by(flow, 'kubernetes')}\n" + "---\n".join(documents)


def _labels(flow: Flow) -> dict[str, Value]:
    return {"app.kubernetes.io/name": "tidegate", "app.kubernetes.io/part-of": flow.name[:63]}


def _cron_job(flow: Flow, name: str, more: Sequence[str]) -> dict[str, Value]:
    settings = flow.settings
    spec: dict[str, Value] = {
        "schedule": settings.schedule if settings.schedule and not more else _NEVER,
        "timeZone": "Etc/UTC",
        "suspend": bool(more) or not settings.schedule,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 3600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 7,
        "jobTemplate": {"metadata": {"labels": _labels(flow)}, "spec": _job(flow, more)},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name, "labels": _labels(flow)},
        "spec": spec,
    }


def _job(flow: Flow, more: Sequence[str]) -> dict[str, Value]:
    """Return a job that is not begun again by Kubernetes, unless its node was taken away under it."""
    job: dict[str, Value] = {
        "backoffLimit": 0,
        "ttlSecondsAfterFinished": _KEPT_SECONDS,
        "podFailurePolicy": {
            "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
        },
    }
    if flow.settings.timeout_seconds:
        job["activeDeadlineSeconds"] = math.ceil(flow.settings.timeout_seconds)
    return job | {"template": {"metadata": {"labels": _labels(flow)}, "spec": _pod(flow, more)}}


def _pod(flow: Flow, more: Sequence[str]) -> dict[str, Value]:
    return {
        "serviceAccountName": flow.settings.service_account,
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 60,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(flow, more)],
    }


def _container(flow: Flow, more: Sequence[str]) -> dict[str, Value]:
    """Return the container. A run that finds another one under way waits: a pod may be what was killed a moment ago."""
    settings = flow.settings
    config = settings.config or flow.config
    run_id = {"fieldRef": {"fieldPath": "metadata.labels['batch.kubernetes.io/controller-uid']"}}
    arguments = ["run", flow.name, *more, "--env", flow.environment, "--config", config]
    return {
        "name": "tidegate",
        "image": settings.image,
        "command": ["tidegate"],
        "args": [argument.replace("$(", "$$(") for argument in [*arguments, "--set", "run.when_running=wait"]],
        "env": [
            {"name": "JOB_UID", "valueFrom": run_id},
            {"name": "OPENLINEAGE_PARENT_ID", "value": f"kubernetes/{flow.name}/$(JOB_UID)"},
        ],
        "envFrom": [{"secretRef": {"name": settings.secret, "optional": True}}],
        "resources": {
            "requests": {"cpu": settings.cpu, "memory": settings.memory},
            "limits": {"memory": settings.memory},
        },
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
