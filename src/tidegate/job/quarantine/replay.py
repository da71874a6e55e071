"""Quarantined rows go through the gate again, and those that pass are published once.

Two commits, in this order: the facts (which rows are taken, why the others were refused again), then the table's own,
which carries the run. The facts of a run count from the moment that the table's log names it; so a run that dies in
between has done nothing, and one that dies afterwards has done all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.compiling import compile_gate
from tidegate.contracts.rules.kinds import KINDS
from tidegate.errors import ConcurrentWriteError, JobDefinitionError
from tidegate.job.arrivals import is_withheld
from tidegate.job.evolution import check_evolution
from tidegate.job.folding import check_deferral
from tidegate.job.life import READABLE, take
from tidegate.job.plan import InputPlan, JobPlan
from tidegate.job.publishing import reasons_of
from tidegate.job.quarantine.actions import (
    COVERS,
    HASH,
    REASONS,
    REFUSED,
    REPLAY_NUMBER,
    SET_ASIDE_AT,
    TAKEN,
    fact,
)
from tidegate.job.quarantine.incoming import ARRIVAL, REASONS_BEFORE, SET_ASIDE, incoming
from tidegate.job.quarantine.places import quarantine_of
from tidegate.job.quarantine.rows import Quarantine, last_commit
from tidegate.job.quarantine.selection import selected
from tidegate.job.work import Work
from tidegate.model.commits import LIVE, Token
from tidegate.model.declarations import Files, New, Pulled, snapshot_of
from tidegate.model.modes import Replace, ReplaceWindow
from tidegate.model.replays import REPLAY, Replay, settlements

if TYPE_CHECKING:
    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.job.life import Weighed
    from tidegate.job.steps import Steps
    from tidegate.job.work import Facts
    from tidegate.model.contracts import Contract

_INPUT = "quarantine"


def plan_replay(job: type[SparkJob], context: RunContext, request: Replay) -> JobPlan:
    """Return what a replay of a job's quarantined rows would do. No Spark.

    Its batches have a scope of their own, so they move no watermark. What is late is told by the live one.

    Raises:
        JobDefinitionError: Single rows cannot become part of the table.
    """
    check_replayable(job)
    check_deferral(job, context)
    table, quarantine = job.output.name, quarantine_of(job.output.name)
    last, live = last_commit(context, job, REPLAY), last_commit(context, job, LIVE)
    version = context.tables.store(quarantine).version(quarantine)
    read = InputPlan(_INPUT, New(str(quarantine)), until=version)
    return JobPlan(
        token=Token(job.name(), (last.token.batch if last else 0) + 1, REPLAY),
        inputs=(read,) if version is not None else (),
        is_due=version is not None,
        version=context.tables.store(table).version(table),
        last=replace(live, cursors={}) if live else None,
        is_rehearsal=request.is_dry_run,
        is_replay=True,
    )


def check_replayable(job: type[SparkJob]) -> None:
    """Refuse a job into whose table single rows cannot be brought.

    Raises:
        JobDefinitionError: A batch takes the place of others, or is compared with what the source had before.
    """
    mode = job.output.mode
    if isinstance(mode, Replace | ReplaceWindow):
        raise JobDefinitionError(
            f"a batch of {job.output.table} takes the place of what was there, so single rows cannot be added to it",
            where=f"{job.name()}, {type(mode).__name__}",
            hint="mend the rows where they come from, and run the job again (tidegate backfill for days that are past)",
        )
    if any(map(snapshot_of, job.declared_inputs().values())):
        raise JobDefinitionError(
            f"{job.output.table} holds what changed between pulls, which a mended row would change again",
            where=job.name(),
            hint="mend the rows in the source; the next pull brings them",
        )


def check_request(job: type[SparkJob], context: RunContext, request: Replay) -> None:
    """Refuse a request that means nothing, before there is a run that could fail by it.

    Raises:
        JobDefinitionError: Single rows cannot become part of the table.
        SelectionError: There is no such rule or column, or the expression is none of the language of rules.
    """
    check_replayable(job)
    quarantine = Quarantine.of(context, job)
    if quarantine.version is not None:
        selected(quarantine.arrivals, request.selection, quarantine.contract)


def replay(job: SparkJob, context: RunContext, run_id: str, steps: Steps, facts: Facts) -> bool:
    """Take quarantined rows through the gate again, and return whether there were any.

    Raises:
        GateError: The gate refused all of them; nothing was published.
        SelectionError: The rows are asked for in words that mean nothing.
        ConcurrentWriteError: Another replay was faster; what this one noted does not count.
    """
    plan = facts.plan
    if plan is None or context.replay is None:
        raise TypeError(job.name())
    with steps.step("read"):
        quarantine = Quarantine.of(context, type(job))
        work = _work(job, context, run_id, plan)
        facts.contract_version = work.contract.version
        check_evolution(work)
        rows = incoming(quarantine, context.replay, work)
        if not rows.head(1):
            return False
        facts.take({_INPUT: rows.select(*work.contract.column_names)})
    take(rows, work, steps, facts, partial(_note, Notes(quarantine, run_id)))
    if facts.published is not None and not plan.is_rehearsal:
        _check_published(quarantine, run_id)
    return True


def _work(job: SparkJob, context: RunContext, run_id: str, plan: JobPlan) -> Work:
    reads_records = any(isinstance(declared, Files | Pulled) for declared in job.declared_inputs().values())
    contract = _about_rows(context.contracts.get(job.output.name))
    gate = compile_gate(contract, extra_rules=(READABLE,) if reads_records else ())
    whole = replace(context, max_quarantined_share=None)
    return Work(job, whole, run_id, plan, contract, gate, erased=context.erased())


def _about_rows(contract: Contract) -> Contract:
    """Return a contract with its rules about rows alone: what is replayed is no batch that could be too small."""
    rules = tuple(
        replace(rule, max_failed=None, max_failed_share=None) for rule in contract.rules if KINDS[rule.kind].fails
    )
    return replace(contract, rules=rules)


@dataclass(frozen=True)
class Notes:
    """Where a run notes what becomes of the rows that it replays."""

    quarantine: Quarantine
    run_id: str


def _note(notes: Notes, weighed: Weighed, work: Work, facts: Facts) -> bool:
    """Note which rows are taken and why others were refused again; return whether any are to be published."""
    passed = weighed.verdict.rows - weighed.verdict.quarantined - weighed.arrivals.withheld
    facts.quarantine = str(quarantine_of(work.job.output.name)) if passed < weighed.verdict.rows else None
    if work.plan.is_rehearsal:
        return passed > 0
    actions = notes.quarantine.actions
    rows, is_taken = weighed.staged.rows, work.gate.is_good() & ~is_withheld(work, weighed.arrivals)
    parts = []
    if passed:
        taken = F.collect_set(ARRIVAL).alias(COVERS), F.max(SET_ASIDE).alias(SET_ASIDE_AT)
        number = F.lit(work.plan.token.batch).alias(REPLAY_NUMBER)
        parts += actions.settled(settlements(actions.attempts, notes.quarantine.last))
        parts.append(rows.filter(is_taken).groupBy(HASH).agg(*taken).select("*", number, fact(TAKEN)))
    if passed < weighed.verdict.rows:
        reasons = reasons_of(weighed.arrivals, work)
        refused = rows.filter(~is_taken).select(
            HASH, F.col(SET_ASIDE).alias(SET_ASIDE_AT), reasons.alias(REASONS), REASONS_BEFORE, fact(REFUSED)
        )
        is_news = ~F.col(REASONS).eqNullSafe(F.col(REASONS_BEFORE))
        parts.append(refused.filter(is_news).dropDuplicates([HASH]).drop(REASONS_BEFORE))
    actions.add(parts, notes.run_id, work.contract)
    _check_log(notes.quarantine)
    return passed > 0


def _check_log(quarantine: Quarantine) -> None:
    """Assert that the table's log has neither another replay nor been restored since the facts were read.

    Raises:
        ConcurrentWriteError: It has; what was noted does not count.
    """
    last = last_commit(quarantine.context, quarantine.job, REPLAY)
    if (last and last.run_id) != (quarantine.last and quarantine.last.run_id):
        raise _beaten(quarantine)


def _check_published(quarantine: Quarantine, run_id: str) -> None:
    """Assert that the table's log names the run.

    Raises:
        ConcurrentWriteError: It names another that was faster.
    """
    last = last_commit(quarantine.context, quarantine.job, REPLAY)
    if last is None or last.run_id != run_id:
        raise _beaten(quarantine)


def _beaten(quarantine: Quarantine) -> ConcurrentWriteError:
    return ConcurrentWriteError(
        f"another replay of {quarantine.job.output.table}, or a restore, was faster",
        where=str(quarantine_of(quarantine.job.output.name)),
        hint="nothing was published by this one; look at what is open now, and try again",
    )
