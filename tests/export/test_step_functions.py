"""State machines have no fault for AWS's own linter, lead somewhere, and do in an engine what the pipeline says."""

from __future__ import annotations

import json
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from cfnlint.context import create_context_for_template  # type: ignore[import-untyped]
from cfnlint.jsonschema import CfnTemplateValidator  # type: ignore[import-untyped]
from cfnlint.rules.resources.stepfunctions.StateMachineDefinition import StateMachineDefinition  # type: ignore[import-untyped]
from cfnlint.template import Template  # type: ignore[import-untyped]
from hypothesis import given, settings
from moto import mock_aws
from moto.glue.exceptions import ConcurrentRunsExceededException
from moto.glue.models import GlueBackend
from tests.export.flows import flow, flows, task

from tidegate.config.sections.export import ExportSettings
from tidegate.errors import JobDefinitionError
from tidegate.export.step_functions import StepFunctions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tidegate.export.flow import Flow, Task

NOW = '"logical_at.$": "$$.Execution.StartTime"'


def faults(definition: str) -> list[str]:
    """Return what AWS's linter finds in a state machine, and the states that are named and are not there."""
    machine = json.loads(definition)
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": machine}}
    template = Template("", {"Resources": {"Machine": resource}}, ["us-east-1"])
    validator = CfnTemplateValidator(schema={}).evolve(cfn=template, context=create_context_for_template(template))
    found = StateMachineDefinition().validate(validator, None, resource["Properties"], {})
    return [error.message for error in found] + list(dangling(machine))


def dangling(machine: dict[str, Any]) -> Iterator[str]:
    """Yield targets of transitions that are no state beside them, in the machine and in its branches."""
    states = machine["States"]
    yield from {machine["StartAt"]} - states.keys()
    for state in states.values():
        ways = [state, *state.get("Catch", ()), *state.get("Choices", ())]
        yield from {way[word] for way in ways for word in ("Next", "Default") if word in way} - states.keys()
        for branch in state.get("Branches", ()):
            yield from dangling(branch)


@settings(max_examples=40)
@given(flows(StepFunctions.platforms))
def test_any_pipeline_is_a_state_machine_without_a_fault(drawn: Flow) -> None:
    text = StepFunctions().text(drawn)
    assert faults(text) == []
    assert StepFunctions().text(drawn) == text


def test_faults_are_found() -> None:
    good = StepFunctions().text(flow(task("a"), platform="glue"))
    assert faults(good.replace('"Next": "All well"', '"Next": "Nowhere"')) == ["Nowhere"]
    assert faults(good.replace('"Type": "Parallel"', '"Type": "Paralel"'))
    assert faults(good.replace('"MaxAttempts": 5', '"MaxAttempts": "5"'))


class Aws:
    """An emulated AWS in this process, whose engine runs state machines."""

    def __init__(self) -> None:
        client = import_module("boto3").client
        self.machines, self.glue, self.topics, self.queues = map(client, ("stepfunctions", "glue", "sns", "sqs"))
        self.glue.create_job(
            Name="run",
            Role="role",
            Command={"Name": "glueetl", "ScriptLocation": "s3://bucket/tidegate_run.py"},
            ExecutionProperty={"MaxConcurrentRuns": 1000},
        )
        self.topic = self.topics.create_topic(Name="failed")["TopicArn"]
        self.queue = self.queues.create_queue(QueueName="failed")["QueueUrl"]
        arn = self.queues.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        self.topics.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def run(self, name: str, members: Sequence[Task]) -> str:
        """Run tasks on Glue and return how the execution ended."""
        told = ExportSettings(glue_job_name="run", topic_arn=self.topic)
        text = StepFunctions().text(flow(*members, platform="glue", settings=told))
        assert NOW in text
        # The emulator's own times are no JSON, and within branches it cannot wait for jobs.
        text = text.replace(NOW, '"logical_at": "2026-11-22T03:30:00Z"').replace("startJobRun.sync", "startJobRun")
        role = "arn:aws:iam::123456789012:role/runs"
        machine = self.machines.create_state_machine(name=name, definition=text, roleArn=role)["stateMachineArn"]
        execution = self.machines.start_execution(stateMachineArn=machine)["executionArn"]
        deadline = time.monotonic() + 60
        while (status := self.machines.describe_execution(executionArn=execution)["status"]) == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return str(status)

    def told(self) -> list[str]:
        """Return what the topic has been told since the last time."""
        messages = self.queues.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.queues.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"])["Message"] for message in messages]


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    patch = pytest.MonkeyPatch()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "tests")
    patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    patch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield Aws()
    patch.undo()


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], dict[str, int]]:
    """Return the jobs that Glue was asked to start, and how often it is to refuse each."""
    asked: list[str] = []
    refusals: dict[str, int] = {}
    start = GlueBackend.start_job_run

    def refusing(backend: GlueBackend, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on as it is
        job = next(part["--run"] for part in [*given, *named.values()] if isinstance(part, dict) and "--run" in part)
        asked.append(job)
        if refusals.get(job, 0):
            refusals[job] -= 1
            raise ConcurrentRunsExceededException("no place")
        return start(backend, *given, **named)

    monkeypatch.setattr(GlueBackend, "start_job_run", refusing)
    return asked, refusals


def expected(members: Sequence[Task], failing: Collection[str]) -> dict[str, str]:
    """Return how each task ends, by walking the levels; tasks after a stop are not there."""
    ends: dict[str, str] = {}
    left = list(members)
    while left:
        level = [member for member in left if all(above in ends for above in member.after)]
        for member in level:
            may_run = all(ends[above] == "succeeded" for above in member.after)
            ends[member.job] = "skipped" if not may_run else "failed" if member.job in failing else "succeeded"
        if any(ends[member.job] == "failed" and member.consequence == "stop" for member in level):
            break
        left = [member for member in left if member.job not in ends]
    return ends


CHAIN = (task("a"), task("b"), task("c", "a"), task("d", "a", "b"), task("e", "d"))
STOPPING = (task("a", on_failure="stop"), task("b"), task("c", "b"), task("d", "c"))


@pytest.mark.integration
@pytest.mark.parametrize(
    ("members", "failing"), [(CHAIN, ()), (CHAIN, ("b",)), (STOPPING, ("a",)), (STOPPING, ("b",))], ids=range(4)
)
def test_an_engine_starts_what_may_run_and_tells_what_failed(
    aws: Aws, starts: tuple[list[str], dict[str, int]], members: tuple[Task, ...], failing: tuple[str, ...]
) -> None:
    asked, refusals = starts
    refusals.update(dict.fromkeys(failing, 1))
    status, ends, told = aws.run(uuid4().hex, members), expected(members, failing), aws.told()
    assert sorted(asked) == sorted(job for job, end in ends.items() if end != "skipped")
    assert (status, len(told)) == (("FAILED", 1) if failing else ("SUCCEEDED", 0))
    report = json.loads(told[0]) if told else {}
    levels = [ended for name, level in report.items() if name.startswith("level_") for ended in level.values()]
    assert not failing or {ended["job"]: ended["status"] for ended in levels} == ends


@pytest.mark.integration
def test_an_engine_starts_a_job_again_as_often_as_the_pipeline_says(
    aws: Aws, starts: tuple[list[str], dict[str, int]]
) -> None:
    asked, refusals = starts
    refusals["a"] = 1
    assert aws.run("again", [task("a", retries=1)]) == "SUCCEEDED"
    assert asked == ["a", "a"]
    run = aws.glue.get_job_runs(JobName="run")["JobRuns"][-1]["Arguments"]
    assert (run["--env"], run["--logical-at"]) == ("prod", "2026-11-22T03:30:00Z")
    assert run["--parent-run"].startswith("step-functions/shop/")


def test_what_a_state_machine_cannot_do_is_refused() -> None:
    with pytest.raises(JobDefinitionError, match="which no scheduler can do"):
        StepFunctions().text(flow(task("a", on_failure="roll_back"), platform="glue"))
    with pytest.raises(JobDefinitionError, match="too long for a state"):
        StepFunctions().text(flow(task("a" * 71), platform="glue"))
