"""Manifests are what Kubernetes' own schemas allow, without a field more, and run the pipeline safely."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import pytest
import yaml
from hypothesis import given, settings
from tests.export.flows import flow, flows, task

from tidegate.config.sections.export import ExportSettings
from tidegate.errors import JobDefinitionError
from tidegate.export.kubernetes import Kubernetes

if TYPE_CHECKING:
    from tidegate.export.flow import Flow

OLDEST, NEWEST = "1.31", "1.37"


def manifests(drawn: Flow) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(Kubernetes().text(drawn)))


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("schedule", [None, "30 3 * * *"])
def test_manifests_are_valid(version: str, schedule: str | None) -> None:
    told = ExportSettings(schedule=schedule, timeout_seconds=3600.5)
    found = manifests(flow(task("shop"), platform="kubernetes", settings=told))
    assert [manifest["kind"] for manifest in found] == ["ServiceAccount", "CronJob", "CronJob"]
    for manifest in found:
        kubernetes_validate.validate(manifest, version, strict=True)
    found[1]["spec"]["concurency"] = "Forbid"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(found[1], version, strict=True)


@settings(max_examples=40)
@given(flows(Kubernetes.platforms))
def test_what_a_pod_is_told_is_what_was_asked_for(drawn: Flow) -> None:
    _, job, resume = manifests(drawn)
    for manifest, more in ((job, []), (resume, ["--resume"])):
        pod = manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        told = [argument.replace("$$(", "$(") for argument in pod["containers"][0]["args"]]
        where = ["--env", drawn.environment, "--config", drawn.settings.config or drawn.config]
        assert told == ["run", "shop", *more, *where, "--set", "run.when_running=wait"]


def test_nothing_is_begun_again_by_itself_or_runs_as_root() -> None:
    _, job, resume = manifests(flow(task("shop"), platform="kubernetes", settings=ExportSettings(schedule="0 3 * * *")))
    assert (job["spec"]["suspend"], resume["spec"]["suspend"]) == (False, True)
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    spec = job["spec"]["jobTemplate"]["spec"]
    assert (spec["backoffLimit"], spec["ttlSecondsAfterFinished"]) == (0, 604_800)
    pod = spec["template"]["spec"]
    assert (pod["restartPolicy"], pod["serviceAccountName"]) == ("Never", "tidegate")
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert manifests(flow(task("shop"), platform="kubernetes"))[1]["spec"]["suspend"] is True


def test_a_name_that_leaves_no_place_for_that_of_a_job_is_refused() -> None:
    with pytest.raises(JobDefinitionError, match="too long for a CronJob"):
        Kubernetes().text(replace(flow(task("a"), platform="kubernetes"), name="a" * 46))
