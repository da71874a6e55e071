"""Checkpoints of Great Expectations on what a gate found: their actions run, and Data Docs have a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.gx.package import load
from tidegate.contracts.gx.results import PURPOSE, entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from great_expectations import Checkpoint
    from great_expectations.checkpoint import ValidationAction
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.partitioners import ColumnPartitioner
    from great_expectations.data_context import AbstractDataContext

    from tidegate.model.contracts import Contract
    from tidegate.model.reports import RuleResult

_SOURCE = "tidegate"
_BATCH = "batch"


def checkpoint(
    contract: Contract,
    rules: Sequence[RuleResult],
    *,
    context: AbstractDataContext,
    actions: Sequence[ValidationAction] = (),
) -> Checkpoint:
    """Return a checkpoint of the context, `<layer>.<dataset>.gate`, whose `run` has a gate's result and reads no data.

    The context keeps what a checkpoint needs, under names that end in `.gate` and the data source `tidegate`: in memory
    for one of mode `ephemeral`, in the files of its project for one of mode `file`. What was there under these names is
    replaced; nothing is written elsewhere.

    Args:
        contract: The contract that the batch was held against.
        rules: The gate's results: `Verdict.results`, or `RunReport.rules`.
        context: A context of Great Expectations, from `great_expectations.get_context`.
        actions: What the checkpoint does with the result, such as `UpdateDataDocsAction`.

    Raises:
        MissingExtraError: Great Expectations is not installed.
    """
    load(PURPOSE)
    from great_expectations import Checkpoint, ExpectationSuite  # noqa: PLC0415 - takes seconds

    from tidegate.contracts.gx.definitions import GateValidation  # noqa: PLC0415 - as above

    name = f"{contract.table}.gate"
    suite = context.suites.add_or_update(ExpectationSuite(name=name, expectations=entries(contract, rules)))
    definition = GateValidation(name=name, data=_batch(context, str(contract.table)), suite=suite)
    added = context.validation_definitions.add_or_update(definition)
    definition.id = added.id
    held = definition.hold(contract, rules, context)
    made = Checkpoint(name=name, validation_definitions=[held], actions=[*actions])
    made.id = context.checkpoints.add_or_update(made).id
    return made


def _batch(context: AbstractDataContext, table: str) -> BatchDefinition[ColumnPartitioner]:
    """Return the batch that a result is about; nobody ever reads it."""
    source = context.data_sources.add_or_update_pandas(_SOURCE)
    asset = source.add_dataframe_asset(table)
    return asset.add_batch_definition_whole_dataframe(_BATCH)
