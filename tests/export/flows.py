"""Pipelines as schedulers are told of them, at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tidegate.config.sections.export import ExportSettings
from tidegate.export.flow import Flow, Task
from tidegate.model.pipelines import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.export.flow import Platform
    from tidegate.model.pipelines import OnFailure

# What a careless quotation would break.
AWKWARD = st.text(st.sampled_from(list("ab'\"\\{}$%#` \n\té😀")), min_size=1, max_size=12)


def flow(
    *tasks: Task, platform: Platform = "local", settings: ExportSettings | None = None, description: str = "All of it."
) -> Flow:
    """Return a flow of these tasks."""
    return Flow("shop", description, tasks, "prod", "s3://bucket/config", settings or ExportSettings(), platform)


def task(job: str, *after: str, on_failure: OnFailure = "skip_dependents", retries: int = 0) -> Task:
    """Return a task."""
    return Task(job, Step(job, retries=retries, retry_wait_seconds=0), tuple(sorted(after)), on_failure)


@st.composite
def tasks(draw: st.DrawFn, consequences: Sequence[OnFailure] = ("skip_dependents", "stop")) -> tuple[Task, ...]:
    """Draw tasks in an order in which each comes after those that it needs."""
    made: list[Task] = []
    for number in range(draw(st.integers(1, 6))):
        job = f"silver.t{number}"
        step = Step(
            job,
            timeout_seconds=draw(st.none() | st.floats(0.1, 1e5)),
            retries=draw(st.integers(0, 3)),
            retry_wait_seconds=draw(st.floats(0, 300)),
        )
        names = [above.job for above in made]
        after = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
        made.append(Task(job, step, tuple(sorted(after)), draw(st.sampled_from(consequences))))
    return tuple(made)


@st.composite
def flows(draw: st.DrawFn, platforms: Sequence[Platform]) -> Flow:
    """Draw a flow whose texts are hard to quote and whose jobs all mean the same by a failure."""
    settings = ExportSettings(
        schedule=draw(st.none() | st.just("0 3 * * *")),
        timeout_seconds=draw(st.none() | st.floats(0.1, 1e6)),
        config=draw(st.none() | AWKWARD),
        spark_submit=tuple(draw(st.lists(AWKWARD, max_size=2))),
        entry_point=draw(st.none() | AWKWARD),
    )
    consequence: OnFailure = draw(st.sampled_from(("skip_dependents", "stop")))
    return Flow(
        "shop",
        draw(AWKWARD),
        draw(tasks((consequence,))),
        draw(AWKWARD),
        draw(AWKWARD),
        settings,
        draw(st.sampled_from(platforms)),
        draw(st.none() | st.integers(1, 4)),
    )
