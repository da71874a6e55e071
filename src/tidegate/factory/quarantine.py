"""Look at, mend, replay and expire what was set aside of the tables of a project."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError, SelectionError
from tidegate.factory.progress import Progress
from tidegate.job.base import SparkJob
from tidegate.job.context import Observers
from tidegate.job.quarantine import expiry, fixing, summary
from tidegate.job.quarantine.places import quarantine_of
from tidegate.job.quarantine.replay import check_request
from tidegate.job.quarantine.selection import unknown_rule
from tidegate.model.nearest import did_you_mean
from tidegate.model.replays import REPLAY, Replay, Selection
from tidegate.model.retention import Retention

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.job.quarantine.expiry import Expired
    from tidegate.job.quarantine.fixing import Fixed
    from tidegate.job.quarantine.summary import Shown, Summary
    from tidegate.model.reports import RunReport


def summaries(lakehouse: Lakehouse, name: str | None, rule: str | None) -> tuple[Summary, ...]:
    """Return what is in the quarantine of a table, or of all tables that have one.

    Args:
        lakehouse: The project.
        name: The table; None for all of which rows were ever set aside.
        rule: A rule; None for all.

    Raises:
        JobDefinitionError: No job of the project writes such a table.
        SelectionError: There is no such rule.
    """
    if name is not None:
        return (summary.summarise(job_of(lakehouse, name), lakehouse.context, rule),)
    found: list[Summary] = []
    unknown: list[SelectionError] = []
    for _, job in sorted(writers(lakehouse).items()):
        table = quarantine_of(job.output.name)
        if lakehouse.tables.store(table).version(table) is None:
            continue
        try:
            found.append(summary.summarise(job, lakehouse.context, rule))
        except SelectionError as error:
            unknown.append(error)
    if unknown and not found and rule is not None:
        known = {
            one.id for job in writers(lakehouse).values() for one in lakehouse.contracts.get(job.output.name).rules
        }
        raise unknown_rule(rule, known, "all tables")
    return tuple(found)


def show(lakehouse: Lakehouse, name: str, selection: Selection, *, limit: int, is_unmasked: bool) -> Shown:
    """Return rows that were set aside, with their reasons.

    Raises:
        JobDefinitionError: No job of the project writes such a table.
        SelectionError: The rows are asked for in words that mean nothing, or personal data is not shown here.
    """
    if is_unmasked and not lakehouse.settings.gate.show_personal_data:
        raise SelectionError(
            "personal data is not shown in this environment",
            where=f"--unmasked, environment {lakehouse.settings.environment}",
            hint="gate.show_personal_data: true in the overlay of an environment whose users may see it",
        )
    return summary.show(job_of(lakehouse, name), lakehouse.context, selection, limit=limit, is_unmasked=is_unmasked)


def fix(lakehouse: Lakehouse, name: str, selection: Selection, changes: Sequence[str], *, is_dry_run: bool) -> Fixed:
    """Give columns of rows that were set aside other values.

    Args:
        lakehouse: The project.
        name: The table.
        selection: Which rows.
        changes: What to set, each as `column=expression`.
        is_dry_run: Whether to write nothing.

    Raises:
        JobDefinitionError: No job of the project writes such a table.
        SelectionError: The rows or the values are asked for in words that mean nothing.
    """
    told = [_change(text) for text in changes]
    return fixing.fix(job_of(lakehouse, name), lakehouse.context, selection, told, is_dry_run=is_dry_run)


def replay(lakehouse: Lakehouse, name: str, request: Replay) -> RunReport:
    """Take rows that were set aside through the gate again, and return the record of that run.

    Raises:
        JobDefinitionError: No job of the project writes such a table, or single rows cannot become part of it.
        SelectionError: The rows are asked for in words that mean nothing.
    """
    job = job_of(lakehouse, name)
    check_request(job, lakehouse.context, request)
    context = replace(lakehouse.context, replay=request, scope=REPLAY)
    if request.is_dry_run:
        context = replace(context, observers=Observers((Progress(sys.stderr),)), maintain=None)
    return job().execute(context)


def expire(lakehouse: Lakehouse, name: str, older: str | None, *, is_dry_run: bool) -> Expired:
    """Remove rows that were set aside longer ago than wanted.

    Args:
        lakehouse: The project.
        name: The table.
        older: How long rows are kept, such as `30d`; None takes what the table's contract says.
        is_dry_run: Whether to remove nothing.

    Raises:
        JobDefinitionError: No job of the project writes such a table.
        SelectionError: The length of time means none, or nobody says one.
    """
    kept = Retention.parse(older) if older is not None else None
    return expiry.expire(job_of(lakehouse, name), lakehouse.context, kept, is_dry_run=is_dry_run)


def job_of(lakehouse: Lakehouse, name: str) -> type[SparkJob]:
    """Return the job that writes a table; the name of its quarantine will do.

    Raises:
        JobDefinitionError: No job of the project does, or not one that sets rows aside.
    """
    jobs = writers(lakehouse)
    known = {**jobs, **{str(quarantine_of(job.output.name)): job for job in jobs.values()}}
    if name in known:
        return known[name]
    raise JobDefinitionError(
        f"no job sets rows of {name!r} aside{did_you_mean(name, jobs)}",
        where="quarantine",
        hint=f"tables: {', '.join(sorted(jobs)) or 'none'}",
    )


def writers(lakehouse: Lakehouse) -> Mapping[str, type[SparkJob]]:
    """Return the jobs that write a table each, by its name."""
    return {job.output.table: job for job in lakehouse.registry.classes if issubclass(job, SparkJob)}


def _change(text: str) -> tuple[str, str]:
    name, sign, expression = text.partition("=")
    if not sign or not name.strip() or not expression.strip():
        raise SelectionError(f"{text!r} sets nothing", where="--set", hint='--set "amount=abs(amount)"')
    return name.strip().removeprefix("`").removesuffix("`").replace("``", "`"), expression.strip()
