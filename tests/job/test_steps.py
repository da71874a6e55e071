"""The steps of a run, as observers hear of them and the report times them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from tidegate.job.steps import Steps

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.model.events import StepStarted


def test_a_step_in_two_parts_starts_once_and_is_timed_whole() -> None:
    heard: list[str] = []

    def step(event: StepStarted) -> None:
        heard.append(event.step)

    context = SimpleNamespace(stopped=lambda: None, observers=SimpleNamespace(step=step))
    steps = Steps(cast("RunContext", context), "run", "silver.orders")
    for name in ("plan", "read", "read", "stage", "read"):
        with steps.step(name):
            pass
    assert heard == ["plan", "read", "stage", "read"]
    assert list(steps.seconds) == ["plan", "read", "stage"]
