"""A gate's result as Great Expectations has it: its own code decides on counts that the gate made. No Spark."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.documents import document, read
from tests.contracts.gx.test_suites import NOT_NULL, schema

from tidegate.contracts.gate import compile_gate
from tidegate.contracts.gx import evaluation, package
from tidegate.contracts.gx.checkpoints import checkpoint
from tidegate.contracts.gx.results import validation_result
from tidegate.contracts.marks.checks import lay_out
from tidegate.contracts.verdicts import judge
from tidegate.errors import ContractError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from great_expectations.core import ExpectationValidationResult

    from tidegate.model.contracts import Contract
    from tidegate.model.reports import RuleResult

NOW = datetime(2024, 1, 1, tzinfo=timezone.utc)
MEAN = {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "a", "min_value": 0}}
BETWEEN = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a", "min_value": 0}}
PAIR = {
    "type": "expect_column_pair_values_to_be_equal",
    "kwargs": {"column_A": "a", "column_B": "b", "ignore_row_if": "either_value_is_missing"},
}


def contract(*expectations: object) -> Contract:
    return read(document(schema({"expectations": [*expectations]})))


def results(contract_: Contract, tallies: Mapping[str, int], found: Mapping[str, int]) -> tuple[RuleResult, ...]:
    groups = [{"gate_quarantined": 0, "gate_publishable": 0, "gate_duplicates": 0, "gate_known": 0, **tallies}]
    return judge(lay_out(contract_.rules), groups, now=NOW, max_quarantined_share=None, found=found).results


def told(result: ExpectationValidationResult) -> tuple[str, bool | None, dict[str, Any]]:
    assert result.expectation_config
    return str(result.expectation_config.type), result.success, result.result


counts = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))


@given(
    counts, st.sampled_from([0, 0.05, 0.1, 0.3, 1 / 3, 0.5, 0.7, 0.9, 0.95, 0.99, 1]), st.sampled_from([BETWEEN, PAIR])
)
def test_great_expectations_and_the_gate_decide_alike_on_counts(
    given_: tuple[int, int, int], mostly: float, expectation: dict[str, Any]
) -> None:
    good, failed, nulls = given_
    rows = good + failed + nulls
    made = contract({**expectation, "kwargs": {**expectation["kwargs"], "mostly": mostly}})
    (ours,) = results(made, {"gate_rows": rows, "gate_failed_0": failed, "gate_nulls_0": nulls}, {})
    theirs = validation_result(made, [ours]).results[1]
    is_met = good + failed == 0 or good / (good + failed) >= mostly
    assert theirs.success is is_met
    assert (ours.status != "passed" if mostly == 1 else ours.status == "failed") is not is_met
    assert theirs.result["element_count"] == rows
    assert theirs.result["unexpected_count"] == failed
    assert (theirs.result["missing_count"], ours.nulls) == (nulls, nulls)


def test_each_rule_has_a_result_and_says_who_counted() -> None:
    made = contract(NOT_NULL, MEAN, {"type": "expect_table_row_count_to_be_between", "kwargs": {"max_value": 3}})
    tallies = {"gate_rows": 4, "gate_failed_0": 1, "gate_nulls_0": 0}
    ours = results(made, tallies, {"gx_a_column_mean_to_be_between": 0})
    found = validation_result(made, ours)
    assert [told(result)[:2] for result in found.results] == [
        ("expect_table_columns_to_match_set", True),
        ("expect_column_values_to_not_be_null", False),
        ("expect_column_mean_to_be_between", True),
        ("expect_table_row_count_to_be_between", False),
    ]
    assert [result.meta.get("engine") for result in found.results[1:]] == ["tidegate", "great_expectations", "tidegate"]
    assert [result.engine for result in ours] == ["tidegate", "great_expectations", "tidegate"]
    assert not found.success
    assert found.statistics["successful_expectations"] == 2
    assert found.results[1].result == {"element_count": 4, "unexpected_count": 1, "unexpected_percent": 25.0}
    assert found.results[3].result == {"observed_value": 4}


def test_a_rule_that_was_not_evaluated_has_failed() -> None:
    found = validation_result(contract(NOT_NULL), [])
    assert [result.success for result in found.results] == [True, False]
    assert found.results[1].exception_info["raised_exception"]
    (ours,) = results(contract(MEAN), {"gate_rows": 1}, {})
    assert (ours.failed, ours.status) == (1, "failed")


def test_a_rule_with_nothing_to_compare_with_has_failed_there() -> None:
    rule = "{type: custom, engine: tidegate, severity: warn, implementation: {rule: outlier, by: mad, max: 3}}"
    made = read(document(f"properties: [{{name: a, physicalType: int, quality: [{rule}]}}]"))
    (ours,) = results(made, {"gate_rows": 9, "gate_failed_0": 0}, {})
    assert ours.status == "unchecked"
    theirs = validation_result(made, [ours]).results[1]
    assert not theirs.success
    assert theirs.exception_info["exception_message"] == "the rule was not evaluated: no baseline"


def test_what_great_expectations_has_no_word_for_is_named() -> None:
    made = read(
        document(
            """
            properties:
            - {name: a, physicalType: int, relationships: [{to: shops.id}]}
            - {name: s, physicalType: string, quality: [
                {type: custom, engine: tidegate, implementation: {rule: not_missing, values: [null, "{?}"]}}]}
            """
        )
    )
    ours = results(made, {"gate_rows": 9, "gate_failed_0": 2, "gate_failed_1": 0}, {})
    share = replace(ours[0], id="quarantined_share", kind="quarantined_share", status="failed", description="{at most}")
    found = validation_result(made, [*ours, share])
    assert [result.success for result in found.results] == [True, False, True, False]
    asked = [result.expectation_config for result in found.results]
    queries = [config.kwargs.get("unexpected_rows_query", "") for config in asked if config]
    assert queries[1].endswith("a_is_known: a is not in silver.shops (id)")
    assert queries[3].endswith("quarantined_share: {{at most}}")


def test_an_action_sees_the_result_and_data_docs_have_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package.load("a test")
    from great_expectations import get_context  # noqa: PLC0415 - takes seconds
    from great_expectations.checkpoint import UpdateDataDocsAction, ValidationAction  # noqa: PLC0415

    class Watch(ValidationAction):
        type: Literal["watch"] = "watch"

        def run(self, checkpoint_result: object, action_context: object = None) -> dict[str, object]:
            seen.append(checkpoint_result)
            return {}

    def refuse(*_: object) -> None:
        raise AssertionError("something was sent")

    seen: list[object] = []
    (tmp_path / "home").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    made = contract(NOT_NULL, MEAN)
    for failed in (1, 0):
        context = get_context(mode="file", project_root_dir=str(tmp_path / "project"))
        ours = results(made, {"gate_rows": 3, "gate_failed_0": failed}, {"gx_a_column_mean_to_be_between": 0})
        actions = [Watch(name="watch"), UpdateDataDocsAction(name="docs")]
        found = checkpoint(made, ours, context=context, actions=actions).run()
        assert found.success is not failed
        assert seen[-1] is found
    pages = [*(tmp_path / "project").glob("**/validations/silver/orders/gate/**/*.html")]
    assert len(pages) == 2
    assert "must never be null" in pages[0].read_text()
    assert not [*(tmp_path / "home").iterdir()]
    assert not [*(tmp_path / "elsewhere").iterdir()]


def test_without_the_extra_only_what_needs_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "find_spec", lambda _: None)
    evaluation.prepare(compile_gate(contract(NOT_NULL)))
    with pytest.raises(MissingExtraError, match="great-expectations") as refused:
        evaluation.prepare(compile_gate(contract(MEAN)))
    assert "pip install 'tidegate[gx]'" in str(refused.value)
    with pytest.raises(MissingExtraError):
        validation_result(contract(NOT_NULL), [])


@pytest.mark.parametrize(
    "given_", [{"type": "expect_nothing_much"}, {**MEAN, "kwargs": {"column": "a", "min_value": 0, "colour": "red"}}]
)
def test_an_expectation_that_great_expectations_refuses_is_told_with_its_line(given_: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match=r"orders.odcs.yaml:15: rule gx_") as refused:
        evaluation.prepare(compile_gate(contract(given_)))
    assert ("colour" if "kwargs" in given_ else "expect_nothing_much not found") in refused.value.what
