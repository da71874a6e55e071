"""A gate's result as one of Great Expectations: its counts are handed over as metrics, and expectations decide on them.

No data is read and no Spark is needed. A result holds counts, and no value of the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.gx.package import load
from tidegate.contracts.outputs.gx import columns_entry, rule_entries
from tidegate.contracts.rules.kinds import GREAT_EXPECTATIONS, KINDS
from tidegate.model.contracts import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation

    from tidegate.contracts.outputs.gx import Json
    from tidegate.model.contracts import Contract
    from tidegate.model.reports import RuleResult

PURPOSE = "a result of Great Expectations"

# Without lists of values: they are not looked for, and would show data.
_COUNTS = {"result_format": "BASIC", "exclude_unexpected_values": True, "partial_unexpected_count": 0}
_OF_NULLS = ("missing_count", "missing_percent", "unexpected_percent_total", "unexpected_percent_nonmissing")


def validation_result(contract: Contract, rules: Iterable[RuleResult]) -> ExpectationSuiteValidationResult:
    """Return the result of a batch as Great Expectations has it, in the order of the contract's rules.

    Each rule is the expectation of its suite, or the one that `tidegate contract generate` writes for it; a rule that
    has no such word is an `unexpected_rows_expectation` that names it. Great Expectations itself decides on each, from
    the gate's counts. `meta` of an expectation has the rule, its severity, the gate's own `status`, and the `engine`
    that counted. Rules that were not evaluated, as the run had failed before or there was nothing to compare with,
    count as failed.

    Args:
        contract: The contract that the batch was held against.
        rules: The gate's results: `Verdict.results`, or `RunReport.rules`.

    Raises:
        MissingExtraError: Great Expectations is not installed.
    """
    load(PURPOSE)
    from great_expectations import __version__  # noqa: PLC0415 - takes seconds
    from great_expectations.core import ExpectationSuiteValidationResult  # noqa: PLC0415 - as above
    from great_expectations.validator.validation_statistics import calc_validation_statistics  # noqa: PLC0415 - as above

    results = [*_results(contract, {result.id: result for result in rules})]
    statistics = calc_validation_statistics(results)
    return ExpectationSuiteValidationResult(
        success=statistics.success,
        results=results,
        suite_name=str(contract.table),
        statistics={
            "evaluated_expectations": statistics.evaluated_expectations,
            "successful_expectations": statistics.successful_expectations,
            "unsuccessful_expectations": statistics.unsuccessful_expectations,
            "success_percent": statistics.success_percent,
        },
        meta={"great_expectations_version": __version__, "contract_version": contract.version},
    )


def entries(contract: Contract, rules: Iterable[RuleResult] = ()) -> list[dict[str, Json]]:
    """Return the expectations of a contract's rules, and of those that the framework adds, one per rule.

    The first one is about the columns and has no rule.
    """
    known = {rule.id for rule in contract.rules}
    added = [
        Rule(found.id, found.kind, found.columns, severity=found.severity, description=found.description)
        for found in rules
        if found.id not in known
    ]
    return [columns_entry(contract), *(_entry(contract, rule) for rule in [*contract.rules, *added])]


def _entry(contract: Contract, rule: Rule) -> dict[str, Json]:
    found = rule_entries(contract, rule) if rule.kind in KINDS else []
    if len(found) == 1:
        return found[0]
    says = f"{', '.join(rule.columns)} {KINDS[rule.kind].says(rule)}" if rule.kind in KINDS else rule.description
    text = f"{rule.id}: {says}".replace("{", "{{").replace("}", "}}")
    worded = Rule(rule.id, "sql", rule.columns, (("expression", "true"),), rule.severity, description=rule.description)
    query = f"-- counted by tidegate: rows of {{batch}} that fail {text}"
    return {**_told(worded), "type": "unexpected_rows_expectation", "kwargs": {"unexpected_rows_query": query}}


def _told(rule: Rule) -> dict[str, Json]:
    severity = {"info": "info", "warn": "warning"}.get(rule.severity, "critical")
    return {"severity": severity, "meta": {"rule": rule.id, "severity": rule.severity}}


def _results(contract: Contract, found: Mapping[str, RuleResult]) -> Iterator[ExpectationValidationResult]:
    from great_expectations.core import ExpectationSuite  # noqa: PLC0415 - takes seconds

    made = ExpectationSuite(name=str(contract.table), expectations=entries(contract, found.values()))
    rows = max((result.checked for result in found.values()), default=0)
    for expectation in made.expectations:
        rule = (expectation.meta or {}).get("rule")
        if rule is None:
            yield _decided(expectation, {"table.columns": [*contract.column_names], "table.row_count": rows})
        elif rule in found and found[rule].status != "unchecked":
            yield _of_rule(expectation, found[rule])
        else:
            yield _unknown(expectation, found[rule].note if rule in found else "")


def _of_rule(expectation: Expectation, result: RuleResult) -> ExpectationValidationResult:
    if result.kind == GREAT_EXPECTATIONS:
        from great_expectations.core import ExpectationValidationResult  # noqa: PLC0415 - takes seconds

        decided = ExpectationValidationResult(
            success=not result.failed, expectation_config=expectation.configuration, result={}
        )
    else:
        decided = _decided(expectation, _metrics(expectation, result))
    if result.nulls is None:
        decided.result = {name: value for name, value in decided.result.items() if name not in _OF_NULLS}
    decided.meta = {"rule": result.id, "status": result.status, "engine": result.engine}
    return decided


def _decided(expectation: Expectation, metrics: Mapping[str, object]) -> ExpectationValidationResult:
    """Return what an expectation decides on metrics that are handed to it."""
    needed = expectation.get_validation_dependencies(runtime_configuration={"result_format": {**_COUNTS}})
    handed = {asked.id: metrics.get(name) for name, asked in needed.metric_configurations.items()}
    return expectation.metrics_validate(metrics=handed, runtime_configuration={"result_format": {**_COUNTS}})


def _metrics(expectation: Expectation, result: RuleResult) -> dict[str, object]:
    """Return a rule's counts by the names that expectations ask for them."""
    metric = getattr(expectation, "map_metric", None)
    return {
        "table.row_count": result.checked,
        "column_values.nonnull.unexpected_count": result.nulls or 0,
        "unexpected_rows_query.row_count": result.failed,
        "unexpected_rows_query.table": [],
        f"{metric}.filtered_row_count": result.checked - (result.nulls or 0),
        f"{metric}.unexpected_count": result.failed,
    }


def _unknown(expectation: Expectation, why: str) -> ExpectationValidationResult:
    from great_expectations.core import ExpectationValidationResult  # noqa: PLC0415 - takes seconds

    text = f"the rule was not evaluated{why and ': '}{why}"
    return ExpectationValidationResult(
        success=False,
        expectation_config=expectation.configuration,
        result={},
        exception_info={"raised_exception": True, "exception_message": text, "exception_traceback": None},
    )
