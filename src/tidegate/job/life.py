"""The steps of a run that has something new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from tidegate.contracts.compiling import compile_gate
from tidegate.contracts.gx.evaluation import evaluate, prepare
from tidegate.contracts.histories import with_rows
from tidegate.contracts.personal import is_confidential
from tidegate.errors import ConcurrentWriteError, GateError, TableError
from tidegate.job.arrivals import assess
from tidegate.job.beside import numbers_beside, rows_before
from tidegate.job.bounds import batch_bounds, refuse_outside
from tidegate.job.changes import deletions, with_changes
from tidegate.job.derivation import derive, recognisable
from tidegate.job.erasure.keeping_out import check_nobody_was_erased, without_erased
from tidegate.job.evolution import check_evolution
from tidegate.job.folding import fold_when_many
from tidegate.job.held import existing, keys_of, reaches, references
from tidegate.job.protection import check_protection, stored_columns, with_stored
from tidegate.job.publishing import publish, quarantine, stamped
from tidegate.job.pulls import discard, has_news, pull_sources, pulled_plan
from tidegate.job.reading import SMALL_BYTES, read_inputs
from tidegate.job.settling import is_settled_later, settle
from tidegate.job.snapshots import check_snapshot_table
from tidegate.job.ties import refuse_ties, with_ties
from tidegate.job.work import Facts, Work
from tidegate.model.contracts import Rule
from tidegate.model.declarations import Files, Pulled, snapshot_of
from tidegate.model.mode_traits import nullable_keys, tie_break
from tidegate.model.modes import ApplyChanges, Upsert
from tidegate.model.reports import Counts
from tidegate.model.transfers import SchemaField

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    from tidegate.contracts.gate import Verdict
    from tidegate.job.arrivals import Arrivals
    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.job.steps import Steps
    from tidegate.model.late_rows import LateRows
    from tidegate.tables.staging import StagedRows

READABLE = Rule(
    id="record_is_readable", kind="readable", description="the record could be parsed and every value fits its type"
)


@dataclass(frozen=True)
class Weighed:
    """A staged batch, what the pass over it found, and the gate's verdict on it."""

    staged: StagedRows
    arrivals: Arrivals
    verdict: Verdict


SetAside: TypeAlias = "Callable[[Weighed, Work, Facts], bool]"


def live(job: SparkJob, context: RunContext, run_id: str, steps: Steps, facts: Facts) -> bool:
    """Take a batch from its inputs into its table, and return whether there was anything new after all.

    Raises:
        GateError: The gate refused the batch; nothing was published.
        TidegateError: A step failed. Nothing was published, unless the step was `publish` and the table says so.
    """
    with steps.step("read"):
        work = _prepare(job, context, run_id, facts)
        pulls = pull_sources(work.plan, work.contract, context)
    try:
        work = replace(work, plan=pulled_plan(work.plan, pulls))
        facts.plan = work.plan
        if not has_news(work.plan, pulls, work.job.driving_inputs()):
            return False
        with steps.step("read"):
            facts.take(read_inputs(work.plan, work.contract, context, pulls))
        marks = {name: pulled.mark for name, pulled in pulls.items() if pulled.mark}
        _take(replace(work, marks=marks), steps, facts)
    finally:
        discard(pulls)
    return True


def _take(work: Work, steps: Steps, facts: Facts) -> None:
    """Take what was read through transform, stage, gate and quarantine into the table."""
    with steps.step("transform"):
        inputs = recognisable(facts.frames)
        rows = work.job.transform(inputs)
        facts.derivation = derive(rows, inputs, work.context)
    take(rows, work, steps, facts, _set_aside)


def take(rows: DataFrame, work: Work, steps: Steps, facts: Facts, set_aside: SetAside) -> None:
    """Take rows of the table to be through stage, gate and quarantine into the table.

    Args:
        rows: The rows.
        work: The run.
        steps: Its steps.
        facts: What it knows so far.
        set_aside: Keeps the rows that failed, and says whether the others are to be published.

    Raises:
        GateError: The gate refused the batch; nothing was published.
    """
    with steps.step("stage"):
        rows, facts.erased = without_erased(rows, work)
        work = replace(work, bounds=batch_bounds(rows, work))
        staged = _staged(rows, work)
    is_handed_over = False
    try:
        with steps.step("gate"):
            arrivals = assess(staged.rows, work)
            verdict = _judge(work, arrivals, facts, evaluate(work.gate, staged.rows))
            work = replace(work, row_counts=_row_counts(work, arrivals, verdict))
        _await_turn(work, steps)
        with steps.step("quarantine", rows=verdict.quarantined + arrivals.withheld):
            goes_on = set_aside(Weighed(staged, arrivals, verdict), work, facts)
        with steps.step("publish", rows=verdict.publishable - arrivals.withheld):
            is_handed_over = goes_on
            check_nobody_was_erased(work)
            if goes_on:
                facts.published = publish(staged, arrivals, verdict.publishable - arrivals.withheld, work)
        facts.columns = tuple(
            SchemaField(column.name, column.type, column.description, is_confidential(column))
            for column in work.contract.columns
        )
        facts.counts = _account(work, facts, verdict, arrivals)
        facts.counts.check(work.job.name())
        if not work.plan.is_rehearsal:
            fold_when_many(work, steps)
    except ConcurrentWriteError:  # the table has surely not taken the files
        is_handed_over = False
        raise
    finally:
        staged.discard(is_handed_over=is_handed_over)


def _await_turn(work: Work, steps: Steps) -> None:
    """Wait until those have written that come first; nothing of this run is in any table until then.

    Raises:
        TurnLostError: One of them did not succeed.
    """
    if work.context.turn is not None:
        with steps.step("turn"):
            work.context.turn()


def _set_aside(weighed: Weighed, work: Work, facts: Facts) -> bool:
    failed = weighed.verdict.quarantined + weighed.arrivals.withheld
    facts.quarantine = quarantine(weighed.staged.failing, weighed.arrivals, failed, work)
    return True


def _prepare(job: SparkJob, context: RunContext, run_id: str, facts: Facts) -> Work:
    if facts.plan is None:
        raise TableError("a run needs a plan", where=job.name())
    contract = context.contracts.get(job.output.name)
    facts.contract_version = contract.version
    if any(map(snapshot_of, job.declared_inputs().values())):
        check_snapshot_table(contract, job.output.mode)
    reads_records = any(isinstance(declared, Files | Pulled) for declared in job.declared_inputs().values())
    check_protection(contract, job.output.mode, context)
    gate = compile_gate(contract, extra_rules=(READABLE,) if reads_records else ())
    prepare(gate)
    work = Work(job, context, run_id, facts.plan, contract, gate, erased=context.erased())
    check_evolution(work)
    return work


def _marked(rows: DataFrame, work: Work, *, is_alone: bool) -> DataFrame:
    mode = work.job.output.mode
    changes = rows if work.plan.is_replay else with_changes(rows, mode, work.job.output.table)
    marked = work.gate.mark(
        with_stored(changes, work),
        references=references(work),
        existing=existing(work),
        keys=keys_of(work),
        sequence_by=mode.sequence_by if isinstance(mode, Upsert | ApplyChanges) else None,
        deletions=deletions(mode),
        tie_break=tie_break(mode),
        nullable_keys=nullable_keys(mode),
        is_alone=is_alone,
        reaches=reaches(work),
        bounds=work.bounds,
        stored=stored_columns(work.contract),
    )
    return with_ties(marked, work)


def _staged(rows: DataFrame, work: Work) -> StagedRows:
    """Return the rows with their marks, made once: in the table's own folder where it has a place for them."""
    output = work.job.output
    store = work.context.tables.store(output.name)
    # What waits in the table's own folder becomes its files as they are, so nothing that is to be masked waits there.
    is_elsewhere = work.plan.is_rehearsal or work.contract.protected
    in_place = None if is_elsewhere else store.staging(output.name, output.mode)
    can_wait = is_settled_later(work.plan, output.mode, is_in_place=in_place is not None)
    is_alone = can_wait and not work.contract.protected  # rows are compared as the table is to hold them
    rows = _marked(rows, work, is_alone=is_alone)
    rows = rows if is_alone else stamped(rows, work)
    if in_place and work.plan.bytes is not None and work.plan.bytes <= SMALL_BYTES:
        rows = rows.coalesce(1)  # one file for readers to open, and no time lost
    staged = (in_place or work.context.staging).stage(rows, work.run_id, work.gate.is_publishable())
    return settle(staged, work) if is_alone else staged


def _judge(work: Work, arrivals: Arrivals, facts: Facts, found: Mapping[str, int]) -> Verdict:
    verdict = work.gate.verdict(
        arrivals.groups,
        now=work.context.now,
        max_quarantined_share=work.context.max_quarantined_share,
        min_score=work.context.min_score,
        found=found,
        beside=numbers_beside(work, facts.frames),
    )
    facts.rules, facts.late, facts.score = verdict.results, arrivals.late, verdict.score
    _refuse_late(work, arrivals.late)
    refuse_ties(work, arrivals.groups)
    refuse_outside(work, arrivals.groups)
    if verdict.is_refused:
        failed = [result for result in verdict.results if result.status == "failed"]
        shown = (
            ", ".join(f"{rule.id} ({rule.failed} of {rule.checked} rows)" for rule in failed) or "too many rows failed"
        )
        raise GateError(
            f"the gate refused the batch: {shown}",
            where=f"{work.job.output.table}, contract {work.contract.location}",
            hint="nothing was published; mend the data or the contract, and run again",
        )
    return verdict


def _row_counts(work: Work, arrivals: Arrivals, verdict: Verdict) -> Mapping[str, tuple[int, ...]]:
    before = rows_before(work)
    if work.plan.is_rebuild:  # all that ever came is no batch like others
        return before
    return with_rows(before, work.gate.checks, arrivals.groups, verdict.results)


def _refuse_late(work: Work, late: LateRows | None) -> None:
    if late and late.policy == "fail" and late.rows:
        raise GateError(
            f"{late.rows} rows are older than the late window",
            where=work.job.output.table,
            hint="the late policy is fail; backfill their days, or declare beyond='merge', 'defer' or 'quarantine'",
        )


def _account(work: Work, facts: Facts, verdict: Verdict, arrivals: Arrivals) -> Counts:
    published = facts.published
    taken = published.inserted + published.updated if published else 0
    same = published.unchanged if published else 0
    read = _rows_read(work, facts, arrivals.rows + facts.erased)
    return Counts(
        read=read,
        published=taken,
        unchanged=same + verdict.known,
        quarantined=verdict.quarantined,
        dropped=read - arrivals.rows - facts.erased,
        deduplicated=verdict.duplicates,
        late=arrivals.withheld + arrivals.deferred,
        deleted=published.deleted if published else 0,
        erased=facts.erased,
    )


def _rows_read(work: Work, facts: Facts, arrived: int) -> int:
    """Return how many rows were read; those of a slice are counted, because no log tells them."""
    if work.plan.is_replay or not work.job.keeps_grain():
        return arrived
    (driving,) = work.job.driving_inputs()
    read = next(read for read in work.plan.inputs if read.name == driving)
    if read.rows is None and read.part is not None:
        return facts.frames[driving].count()
    return arrived if read.rows is None else read.rows
