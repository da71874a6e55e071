"""Which replays count: those whose rows are in the table, whatever died, raced or was restored in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tidegate.errors import ContractError, SelectionError
from tidegate.model.commits import Commit, Token
from tidegate.model.contracts import Contract, ServiceLevel
from tidegate.model.names import TableName
from tidegate.model.replays import REPLAY, Attempt, Settled, settlements
from tidegate.model.retention import Retention


def commit(run: str, number: int) -> Commit:
    return Commit(Token("silver.orders", number, REPLAY), run)


@dataclass
class Plan:
    """What a replay knew when it began, and how far it has come."""

    run: str
    last: Commit | None
    facts: int
    attempts: tuple[Attempt, ...]
    has_noted: bool = field(default=False)

    @property
    def number(self) -> int:
        return (self.last.token.batch if self.last else 0) + 1


class Replays(RuleBasedStateMachine):
    """A table's log, the facts beside it, and replays that stop anywhere, race each other and are undone."""

    plans = Bundle("plans")

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Commit] = []
        self.facts: list[dict[str, tuple[int | None, Settled | None]]] = []
        self.names = count()

    @property
    def last(self) -> Commit | None:
        return self.log[-1] if self.log else None

    def attempts(self) -> tuple[Attempt, ...]:
        """Read the facts as `Actions` does: per run its number, and what was found out about it last."""
        numbers: dict[str, int] = {}
        settled: dict[str, Settled | None] = {}
        for facts in self.facts:
            for run, (number, found) in facts.items():
                if number is not None:
                    numbers[run] = number
                if found is not None:
                    settled[run] = found
        return tuple(Attempt(run, number, settled.get(run)) for run, number in numbers.items())

    @rule(target=plans)
    def begin(self) -> Plan:
        return Plan(f"r{next(self.names)}", self.last, len(self.facts), self.attempts())

    @rule(plan=plans)
    def note(self, plan: Plan) -> None:
        """Facts are taken only from those who knew all of them."""
        if not plan.has_noted and plan.facts == len(self.facts):
            notes = settlements(plan.attempts, plan.last).items()
            self.facts.append({**{run: (None, found) for run, found in notes}, plan.run: (plan.number, None)})
            plan.has_noted = True

    @rule(plan=consumes(plans))
    def publish(self, plan: Plan) -> None:
        """A replay goes on only where the log is as it knew it; the table takes a number once."""
        if plan.has_noted and plan.last == self.last:
            self.log.append(commit(plan.run, plan.number))

    @rule(kept=st.integers(0, 5))
    def restore(self, kept: int) -> None:
        """Commits that are taken back do not count any more."""
        del self.log[kept:]

    @invariant()
    def those_count_whose_rows_are_in_the_table(self) -> None:
        found = {attempt.run_id for attempt in self.attempts() if attempt.counts(self.last)}
        assert found == {one.run_id for one in self.log}


TestReplays = Replays.TestCase


@given(st.integers(0, 9999), st.sampled_from(["d", "w", "m", "y"]), st.dates(date(1600, 1, 1)))
def test_what_is_kept_longer_is_kept_from_an_earlier_day(number: int, unit: str, today: date) -> None:
    kept = Retention.parse(f"{number}{unit}").before(today)
    assert date.min <= kept <= today
    assert Retention.parse(f"{number + 1} {unit}").before(today) <= kept if number < 9999 else True
    if unit == "d" and kept > date.min:
        assert today - kept == timedelta(days=number)


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "3 fortnights", "1.5d", "30d 2h"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(SelectionError, match="no length of time"):
        Retention.parse(text)


def test_a_contract_says_how_long_by_a_service_level() -> None:
    contract = Contract(TableName("silver", "orders"), "1.0.0", (), ())
    assert Retention.of(ServiceLevel("retention", 2, "y"), contract) == Retention(2, "year")
    assert Retention.of(ServiceLevel("retention", "30"), contract) == Retention(30, "day")
    with pytest.raises(ContractError, match=r"silver\.orders"):
        Retention.of(ServiceLevel("retention", "long"), contract)
