"""What holds for the differences of any two contracts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.documents import ORDERS

from tidegate.contracts import load_contract
from tidegate.contracts.changes.change import LEVELS
from tidegate.contracts.changes.comparing import contract_changes
from tidegate.contracts.changes.versions import STEP_OF, STEPS, is_enough, step_for, version_after
from tidegate.model.contracts import SEVERITIES, Argument, Column, Contract, Details, Rule, ServiceLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.contracts.changes.change import Change

REFERENCE = [load_contract(str(file)) for file in sorted(Path("contracts").glob("*/*.odcs.yaml"))]
NAMES = ("a", "b", "c")
TYPES = ("int", "bigint", "string", "decimal(8,2)", "decimal(9,2)", "struct<x:int>")


@st.composite
def rules(draw: st.DrawFn, name: str) -> Rule:
    """Return a rule of some kind; the kind, its columns and all else are free, so that ids meet other rules."""
    kind = draw(st.sampled_from(["not_null", "between", "accepted_values", "unique", "sql", "row_count", "unenforced"]))
    ends = draw(st.fixed_dictionaries({}, optional={"min": st.integers(0, 2) | st.just("0"), "max": st.integers(3, 5)}))
    values = tuple(draw(st.sets(st.sampled_from("xyz"), min_size=1)))
    given_to: dict[str, Mapping[str, Argument]] = {
        "between": ends,
        "row_count": ends,
        "accepted_values": {"values": values},
        "sql": {"expression": values[0]},
        "unenforced": {"reason": values[0]},
    }
    arguments = given_to.get(kind, {})
    columns = () if kind == "row_count" else (draw(st.sampled_from(NAMES)),)
    severity, limit = draw(st.sampled_from(SEVERITIES)), draw(st.none() | st.integers(0, 2))
    described = draw(st.sampled_from(["", "Told."]))
    return Rule(name, kind, columns, tuple(sorted(arguments.items())), severity, "row", limit, description=described)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """Return a contract out of few names, so that two of them have much in common."""
    columns = tuple(
        Column(
            name,
            draw(st.sampled_from(TYPES)),
            draw(st.booleans()),
            draw(st.sampled_from(["", "Told."])),
            draw(st.sampled_from([None, "pii"])),
        )
        for name in draw(st.permutations(NAMES))[: draw(st.integers(1, 3))]
    )
    names = [column.name for column in columns]
    drawn = [draw(rules(name)) for name in draw(st.sets(st.sampled_from("pqrs")))]
    levels = draw(
        st.lists(
            st.builds(
                ServiceLevel,
                st.sampled_from(["retention", "latency"]),
                st.integers(1, 3),
                st.sampled_from(["h", "d", "?"]),
            ),
            max_size=3,
        )
    )
    return Contract(
        ORDERS,
        "1.2.3",
        columns,
        tuple(rule for rule in drawn if set(rule.columns) <= set(names)),
        primary_key=tuple(draw(st.permutations(names)))[: draw(st.integers(0, 2))],
        details=Details(service_levels=tuple(levels), tags=tuple(draw(st.sets(st.sampled_from("tu"))))),
    )


def elements(changes: tuple[Change, ...]) -> set[str]:
    """Return what changes are about."""
    return {change.element for change in changes}


@given(st.sampled_from(REFERENCE) | contracts())
def test_a_contract_does_not_differ_from_itself(contract: Contract) -> None:
    assert contract_changes(contract, contract) == ()


@given(contracts(), contracts())
def test_there_and_back_concerns_the_same(first: Contract, second: Contract) -> None:
    there, back = contract_changes(first, second), contract_changes(second, first)
    if not any(change.kind == "rule_renamed" for change in (*there, *back)):
        assert elements(there) == elements(back)
    assert bool(there) == bool(back)
    gone = {change.element for change in there if change.kind == "column_removed"}
    assert gone == {change.element for change in back if change.kind == "column_added"}


@given(contracts(), contracts())
def test_the_order_of_rules_tags_and_levels_does_not_matter(first: Contract, second: Contract) -> None:
    mixed = replace(
        second,
        rules=second.rules[::-1],
        details=replace(
            second.details,
            tags=second.details.tags[::-1],
            service_levels=second.details.service_levels[::-1],
        ),
    )
    assert contract_changes(first, mixed) == contract_changes(first, second)
    assert contract_changes(second, mixed) == ()


@given(contracts(), contracts())
def test_the_order_of_columns_is_one_change_that_breaks_nothing(first: Contract, second: Contract) -> None:
    mixed = replace(second, columns=second.columns[::-1])
    changes = [
        {change for change in contract_changes(first, other) if change.kind != "columns_reordered"}
        for other in (second, mixed)
    ]
    assert changes[0] == changes[1]
    assert {change.kind for change in contract_changes(second, mixed)} <= {"columns_reordered"}


@given(contracts(), contracts())
def test_lines_do_not_matter(first: Contract, second: Contract) -> None:
    moved = replace(
        second,
        columns=tuple(replace(column, line=7) for column in second.columns),
        rules=tuple(replace(rule, line=8) for rule in second.rules),
    )
    assert contract_changes(second, moved) == ()
    told = [
        {(change.kind, change.level, change.text) for change in contract_changes(first, new)} for new in (second, moved)
    ]
    assert told[0] == told[1]


@given(contracts(), contracts(), st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)))
def test_the_version_goes_at_least_as_far_as_each_change(
    first: Contract, second: Contract, parts: tuple[int, int, int]
) -> None:
    changes = contract_changes(first, second)
    old = ".".join(map(str, parts))
    needed = version_after(old, step_for(changes))
    assert all(is_enough(str(needed), version_after(old, STEP_OF[change.level])) for change in changes)
    assert step_for(changes) in {"none", *(STEP_OF[change.level] for change in changes)}
    assert is_enough(old, needed) == (not changes)
    assert [LEVELS.index(change.level) for change in changes] == sorted(LEVELS.index(one.level) for one in changes)
    assert STEPS[-1] == step_for(())


@given(contracts(), contracts())
def test_what_breaks_concerns_somebody_and_what_warns_is_never_silent(first: Contract, second: Contract) -> None:
    for change in contract_changes(first, second):
        assert change.level == "compatible" or change.concerns
        assert not change.warning or change.level != "compatible"


@given(contracts(), contracts())
def test_nothing_that_readers_relied_on_goes_unnoticed(first: Contract, second: Contract) -> None:
    """Against a plain model: what may be in a published row of a column may not grow in silence."""
    is_breaking = any(change.level == "breaking" for change in contract_changes(first, second))
    for column in first.columns:
        twin = next((other for other in second.columns if other.name == column.name), None)
        if (
            twin is None
            or (nulls(second, column.name) and not nulls(first, column.name))
            or any(accepted(second, column.name, value) > accepted(first, column.name, value) for value in "xyz")
        ):
            assert is_breaking


def nulls(contract: Contract, column: str) -> bool:
    """Return whether a published row may have a null in a column."""
    return not any(rule.kind == "not_null" and rule.columns == (column,) and refuses(rule) for rule in contract.rules)


def accepted(contract: Contract, column: str, value: str) -> bool:
    """Return whether a published row may have a value in a column, as far as its lists of values say."""
    lists = [
        rule.argument("values")
        for rule in contract.rules
        if rule.kind == "accepted_values" and rule.columns == (column,) and refuses(rule)
    ]
    return all(isinstance(values, tuple) and value in values for values in lists)


def refuses(rule: Rule) -> bool:
    return rule.severity in {"error", "fatal"}
