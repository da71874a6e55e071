"""A validation definition of Great Expectations whose result a gate has worked out already.

Everything here imports Great Expectations: `tidegate.contracts.gx.checkpoints` is the way in.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.core import RunIdentifier, ValidationDefinition
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)

from tidegate.contracts.gx.results import validation_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.data_context import AbstractDataContext

    from tidegate.model.contracts import Contract
    from tidegate.model.reports import RuleResult


class GateValidation(ValidationDefinition):
    """Gives the result of a gate where others would read the data."""

    _contract: Contract = PrivateAttr()
    _rules: Sequence[RuleResult] = PrivateAttr()
    _context: AbstractDataContext = PrivateAttr()

    def hold(self, contract: Contract, rules: Sequence[RuleResult], context: AbstractDataContext) -> GateValidation:
        """Return this definition, which from now on has that result, and stores it in that context."""
        self._contract, self._rules, self._context = contract, rules, context
        return self

    def run(  # noqa: D102 - as the class above documents it
        self, *, checkpoint_id: str | None = None, run_id: RunIdentifier | None = None, **_: object
    ) -> ExpectationSuiteValidationResult:
        result = validation_result(self._contract, self._rules)
        result.suite_name = self.suite.name
        run_id = run_id or RunIdentifier(run_time=datetime.now(timezone.utc))
        result.meta |= {
            "active_batch_definition": {
                "datasource_name": self.data_source.name,
                "data_asset_name": self.asset.name,
                "batch_identifiers": {},
            },
            "batch_parameters": None,
            "checkpoint_id": checkpoint_id,
            "run_id": run_id,
            "validation_id": self.id,
            "validation_time": run_id.run_time,
        }
        suite = ExpectationSuiteIdentifier(name=self.suite.name)
        self._context.validation_results_store.store_validation_results(
            suite_validation_result=result,
            suite_validation_result_identifier=ValidationResultIdentifier(
                expectation_suite_identifier=suite, run_id=run_id, batch_identifier=result.batch_id
            ),
            expectation_suite_identifier=suite,
        )
        return result
