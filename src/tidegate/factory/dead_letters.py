"""What failed for good in a project, and what can be done about it: a face on quarantines, run records and spools."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tidegate import storage
from tidegate.alerts import sending
from tidegate.dispatch.refused import RefusedLetters
from tidegate.errors import SelectionError
from tidegate.factory import quarantine
from tidegate.job.context import utc_now
from tidegate.job.life import READABLE
from tidegate.job.quarantine.places import quarantine_of
from tidegate.lineage.observer import SPOOL
from tidegate.lineage.records import RUNS, failing_runs
from tidegate.model.dead_letters import DeadLetter, parse_id
from tidegate.model.declarations import Files, Pulled
from tidegate.model.nearest import did_you_mean
from tidegate.model.replays import Replay, Selection
from tidegate.model.retention import Retention

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tidegate.dispatch.refused import Refused
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.job.quarantine.expiry import Expired
    from tidegate.job.quarantine.summary import Shown, Summary
    from tidegate.model.dead_letters import DeadKind
    from tidegate.model.reports import PipelineReport, RunReport

_SPOOLS = {"lineage": SPOOL, "alerts": sending.SPOOL}

Details: TypeAlias = "Shown | tuple[RunReport, ...] | str"
Replayed: TypeAlias = "RunReport | PipelineReport | DeadLetter"


def dead_letters(lakehouse: Lakehouse, kinds: Collection[DeadKind]) -> tuple[DeadLetter, ...]:
    """Return what failed for good, by kind and name. Spark starts where records were ever set aside.

    Args:
        lakehouse: The project.
        kinds: Which kinds.
    """
    found: list[DeadLetter] = []
    if "records" in kinds:
        found += _records(lakehouse)
    if "batch" in kinds:
        found += _batches(lakehouse)
    if "message" in kinds:
        found += (_message(*one) for one in _messages(lakehouse))
    return tuple(found)


def details(lakehouse: Lakehouse, letter: str, limit: int) -> tuple[DeadLetter, Details]:
    """Return a dead letter with what is known of it: its records (masked), its runs, or the message.

    Args:
        lakehouse: The project.
        letter: Its id.
        limit: How many records at most.

    Raises:
        SelectionError: There is none of that id.
    """
    one = _find(lakehouse, letter)
    if one.kind == "records":
        return one, quarantine.show(lakehouse, one.name, Selection(rule=READABLE.id), limit=limit, is_unmasked=False)
    if one.kind == "batch":
        return one, failing_runs(lakehouse.settings.storage.root, [one.name])[one.name]
    refused, file = _refused(one)
    return one, refused.text(file)


def replay(lakehouse: Lakehouse, letter: str) -> Replayed:
    """Try a dead letter again: records go through the gate, a batch is run, a message waits for the next run.

    Args:
        lakehouse: The project.
        letter: Its id.

    Returns:
        The record of the run, or the message.

    Raises:
        SelectionError: There is none of that id.
    """
    one = _find(lakehouse, letter)
    if one.kind == "records":
        return quarantine.replay(lakehouse, one.name, Replay(Selection(rule=READABLE.id)))
    if one.kind == "batch":
        return lakehouse.run(one.name)
    refused, file = _refused(one)
    refused.send_again(file)
    return one


def expire_messages(lakehouse: Lakehouse, older: str, *, is_dry_run: bool) -> tuple[DeadLetter, ...]:
    """Remove the messages that were set aside longer ago, in whole days (UTC), and return them.

    One of which nobody knows when it was set aside is judged by when it was made, and stays where that is unknown, too.

    Args:
        lakehouse: The project.
        older: How long they are kept, such as `30d`.
        is_dry_run: Whether to remove nothing.

    Raises:
        SelectionError: The length of time means none.
    """
    before = Retention.parse(older).before(utc_now().date()).isoformat()
    gone = []
    for name, refused, message in tuple(_messages(lakehouse)):
        at = message.refused_at or message.posted_at
        if at is not None and at[:10] < before:
            gone.append(_message(name, refused, message))
            if not is_dry_run:
                refused.remove(message.name)
    return tuple(gone)


def expire_one(lakehouse: Lakehouse, letter: str, older: str, *, is_dry_run: bool) -> Expired:
    """Remove what was set aside longer ago of the table of some records: its quarantine knows only days.

    Raises:
        SelectionError: There are no such records, or the id is of another kind.
    """
    kind, name = parse_id(letter)
    if kind == "records":
        return quarantine.expire(lakehouse, name, older, is_dry_run=is_dry_run)
    hint = "it goes when a run of the job is good" if kind == "batch" else "leave the id out: messages go by their age"
    raise SelectionError(f"a {kind} is not removed by its id", where=letter, hint=hint)


def _records(lakehouse: Lakehouse) -> Iterator[DeadLetter]:
    for job in quarantine.writers(lakehouse).values():
        reads = [declared for declared in job.declared_inputs().values() if isinstance(declared, Files | Pulled)]
        place = quarantine_of(job.output.name)
        if not reads or lakehouse.tables.store(place).version(place) is None:
            continue
        (found,) = quarantine.summaries(lakehouse, job.output.table, READABLE.id)
        origin = ", ".join(one.feed if isinstance(one, Files) else one.label for one in reads)
        if found.states.get("open") or found.states.get("fixed"):
            yield _unreadable(found, origin)


def _unreadable(found: Summary, origin: str) -> DeadLetter:
    days = sorted(group.day for group in found.groups if group.state != "replayed")
    count = found.states.get("open", 0) + found.states.get("fixed", 0)
    error = "the records cannot be read, or a value does not fit its type"
    return DeadLetter("records", found.table, origin, error, found.arrivals, count, days[0], days[-1], found.quarantine)


def _batches(lakehouse: Lakehouse) -> Iterator[DeadLetter]:
    root = lakehouse.settings.storage.root
    names = [job.name() for job in lakehouse.registry.classes]
    for job, runs in failing_runs(root, names).items():
        newest = runs[0]
        origin = ", ".join(f"{read.table} {_span(read.version_from, read.version_to)}" for read in newest.inputs)
        yield DeadLetter(
            "batch",
            job,
            origin.rstrip(),
            newest.error,
            len(runs),
            1,
            runs[-1].started_at,
            newest.ended_at,
            storage.join(root, *RUNS, f"date={newest.started_at[:10]}"),
        )


def _span(since: int | None, until: int | None) -> str:
    return "" if until is None else f"{'-' if since is None else since} > {until}"


def _messages(lakehouse: Lakehouse) -> Iterator[tuple[str, RefusedLetters, Refused]]:
    root = lakehouse.settings.storage.root
    for kind, folders in _SPOOLS.items():
        for receiver in storage.list_names(storage.join(root, *folders)):
            refused = RefusedLetters(storage.join(root, *folders, receiver))
            for one in refused.all():
                yield f"{kind}/{receiver}/{one.name.removesuffix('.json')}", refused, one


def _message(name: str, refused: RefusedLetters, one: Refused) -> DeadLetter:
    kind, receiver, _ = name.split("/", 2)
    return DeadLetter(
        "message", name, f"{kind} for {receiver}", one.error, one.attempts, 1, one.posted_at, one.refused_at,
        refused.spool,
    )  # fmt: skip


def _refused(message: DeadLetter) -> tuple[RefusedLetters, str]:
    """Return where a message lies, and the name of its file."""
    return RefusedLetters(message.place), f"{message.name.split('/', 2)[2]}.json"


def _find(lakehouse: Lakehouse, letter: str) -> DeadLetter:
    kind, _ = parse_id(letter)
    known = {one.id: one for one in dead_letters(lakehouse, [kind])}
    if letter not in known:
        raise SelectionError(
            f"there is no dead letter {letter!r}{did_you_mean(letter, known)}",
            where="ID",
            hint="`tidegate dlq ls` lists them",
        )
    return known[letter]
