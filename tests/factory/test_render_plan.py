"""A plan tells the jobs that have something new from those that will have once others have run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.factory.render_plan import may_follow, plan_document, render_plan
from tidegate.job.plan import JobPlan
from tidegate.model.commits import Token
from tidegate.pipeline.forecast import Forecast

if TYPE_CHECKING:
    from collections.abc import Mapping


def chain(states: str) -> list[Forecast]:
    """Return jobs that wait for one another: `d` has something new, `n` has nothing, `b` is blocked."""
    names = [f"silver.t{number}" for number in range(len(states))]
    return [
        Forecast(
            name,
            tuple(names[max(0, number - 1) : number]),
            JobPlan(Token(name, 1), (), states[number] == "d", None, None),
            blocked=("no contract",) if states[number] == "b" else (),
        )
        for number, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("states", "told"),
    [("nn", ""), ("dn", "1"), ("dnn", "12"), ("nd", ""), ("ndn", "2"), ("dnd", "1"), ("bn", ""), ("dbn", "")],
)
def test_a_job_may_follow_where_one_before_it_has_something_new(states: str, told: str) -> None:
    wanted = {f"silver.t{number}" for number in told}
    assert may_follow(chain(states)) == wanted
    jobs: list[Mapping[str, object]] = plan_document(chain(states))["jobs"]  # type: ignore[assignment]
    assert {job["job"] for job in jobs if job["may_follow"]} == wanted


def test_people_read_in_which_state_each_job_is_and_what_it_waits_for() -> None:
    lines = render_plan(chain("dnb")).splitlines()
    assert any(line.endswith("due") for line in lines)
    assert any(line.endswith("may follow, after silver.t0") for line in lines)
    assert any(line.endswith("blocked") for line in lines)
