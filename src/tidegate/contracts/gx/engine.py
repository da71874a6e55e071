"""Expectations that are no rule of tidegate's, evaluated by Great Expectations' own Spark engine on a staged batch.

Everything here imports Great Expectations: `tidegate.contracts.gx.evaluation` is the way in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from great_expectations.core.result_format import ResultFormat
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.execution_engine.sparkdf_batch_data import SparkDFBatchData
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.validator.validator import Validator

from tidegate.contracts.types import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from great_expectations.core import ExpectationValidationResult
    from pyspark.sql import DataFrame

    from tidegate.model.contracts import Rule

# Counts only: no value of the data leaves the engine.
_COUNTS = {"result_format": ResultFormat.BASIC.value, "exclude_unexpected_values": True, "partial_unexpected_count": 0}
_BATCH = "batch"


def problems(rules: Iterable[Rule]) -> Iterator[tuple[Rule, str]]:
    """Yield the rules whose expectation Great Expectations does not know or accept, each with what it says."""
    for rule in rules:
        try:
            _configuration(rule).to_domain_obj()
        except (GreatExpectationsError, ValueError, TypeError) as error:
            yield rule, "; ".join(line.strip() for line in str(error).splitlines())


def evaluate(rules: Sequence[Rule], rows: DataFrame, columns: Sequence[str]) -> Mapping[str, int | None]:
    """Return, per rule, how many rows failed it, or 1; 0 where it is met, None where it could not be evaluated.

    Args:
        rules: The rules.
        rows: The staged batch.
        columns: The contract's columns; others are not shown.
    """
    engine = SparkDFExecutionEngine(persist=False, spark=rows.sparkSession)
    shown = rows.select(*map(quoted, columns))
    engine.load_batch_data(_BATCH, SparkDFBatchData(engine, shown))  # a frame of Spark Connect as such is refused
    validator = Validator(execution_engine=engine)
    validator.metrics_calculator.show_progress_bars = False
    results = validator.graph_validate(
        configurations=[_configuration(rule) for rule in rules], runtime_configuration={"result_format": {**_COUNTS}}
    )
    named = [(result.expectation_config, _failed(result)) for result in results]
    return {str((asked.meta or {})["rule"]): failed for asked, failed in named if asked}


def _configuration(rule: Rule) -> ExpectationConfiguration:
    kwargs = json.loads(str(rule.argument("kwargs")))
    return ExpectationConfiguration(type=str(rule.argument("type")), kwargs=kwargs, meta={"rule": rule.id})


def _failed(result: ExpectationValidationResult) -> int | None:
    if _has_raised(result.exception_info):
        return None
    found = (result.result or {}).get("unexpected_count")
    return 0 if result.success else max(1, found) if isinstance(found, int) else 1


def _has_raised(info: Mapping[str, object] | None) -> bool:
    """Return whether something went wrong: what is told is of the whole expectation, or of each of its metrics."""
    told = [info or {}, *(inner for inner in (info or {}).values() if isinstance(inner, dict))]
    return any(part.get("raised_exception") for part in told)
