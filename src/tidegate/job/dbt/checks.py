"""The results of dbt's tests, as results of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import ContractError, JobDefinitionError
from tidegate.model.reports import RuleResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tidegate.contracts.book import ContractBook
    from tidegate.job.dbt.nodes import CheckNode, Outcome, ParsedProject
    from tidegate.job.dbt.tables import GoldTables
    from tidegate.model.names import TableName
    from tidegate.model.reports import RuleStatus


def require_checks(project: ParsedProject, where: str) -> None:
    """Assert that no table of gold would be published unchecked.

    Args:
        project: The project.
        where: Its folder, for the message.

    Raises:
        JobDefinitionError: A model has no test.
    """
    checked = {model for check in project.checks for model in check.models}
    bare = [model.name for model in project.models if model.id not in checked]
    if bare:
        raise JobDefinitionError(
            f"nothing would be checked of {', '.join(bare)}",
            where=where,
            hint="give each model at least one test, such as is_key",
        )


def require_kept(tables: Iterable[TableName], contracts: ContractBook) -> None:
    """Assert that no contract wants dbt's tables to hold something else than dbt writes.

    Args:
        tables: The tables.
        contracts: The contracts of all tables; a table may have none.

    Raises:
        ContractError: One asks for masked or hashed columns.
    """
    for table in tables:
        contract = contracts.find(table)
        asked = contract.protected if contract else {}
        if contract and asked:
            told = ", ".join(f"{name} ({protection})" for name, protection in asked.items())
            raise ContractError(
                f"dbt writes {table} itself, so nothing can be protected there: {told}",
                where=contract.location,
                hint="protect the columns in the table that dbt reads, and declare privacy: keep here",
            )


def rule_results(project: ParsedProject, outcomes: Mapping[str, Outcome], tables: GoldTables) -> tuple[RuleResult, ...]:
    """Return the result of every test that was run, in the order of running.

    Args:
        project: The project.
        outcomes: Per id, what became of it.
        tables: The tables of gold, for the number of rows that a test saw.
    """
    by_id = {check.id: check for check in project.checks}
    models = {model.id: model.table for model in project.models}
    ran = [(by_id[id_], outcome) for id_, outcome in outcomes.items() if id_ in by_id and outcome.status != "skipped"]
    return tuple(
        RuleResult(
            id=check.name,
            severity="warn" if check.is_warning else "error",
            scope="table",
            checked=tables.rows(models[check.models[0]]) if check.models else 0,
            failed=_failed(outcome),
            status=_status(outcome),
            kind=check.kind,
            columns=check.columns,
            description=check.description,
        )
        for check, outcome in ran
    )


def refusing(project: ParsedProject, outcomes: Mapping[str, Outcome]) -> list[tuple[CheckNode, Outcome]]:
    """Return the tests that refuse the build: failed at severity error, or could not be evaluated at any severity."""
    ran = [(check, outcomes[check.id]) for check in project.checks if check.id in outcomes]
    return [(check, outcome) for check, outcome in ran if outcome.status in {"fail", "error"}]


def _failed(outcome: Outcome) -> int:
    return outcome.failures or (1 if outcome.status == "error" else 0)


def _status(outcome: Outcome) -> RuleStatus:
    if outcome.status == "pass":
        return "passed"
    return "warned" if outcome.status == "warn" else "failed"
