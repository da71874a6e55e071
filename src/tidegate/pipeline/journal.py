"""How far a run of a pipeline has come, written down as it goes, so that a run that failed or was killed can go on."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping  # noqa: TC003 - decode() reads the annotations of these classes
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from tidegate import storage
from tidegate.errors import MissingFileError, TidegateError
from tidegate.model.decoding import decode
from tidegate.model.pins import Pins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.model.reports import PipelineReport, RunReport

_log = logging.getLogger("tidegate.pipeline")

PIPELINES = ("_tidegate", "pipelines")
_START, _END, _JOB, _REACH = "start.json", "end.json", ".job.json", ".reach.json"
_GOOD = ("succeeded", "nothing_new")


@dataclass(frozen=True)
class Beginning:
    """What a run of a pipeline is about, written down before its first job.

    Attributes:
        run_id: The run.
        started_at: When it began (ISO 8601, UTC).
        logical_at: The moment that it is about: its beginning, or that of the run that it goes on with.
        jobs: The jobs that it runs, in their order.
        versions: Per table that is not to be read as it is later, the version to read up to; None where there was none.
        done: Jobs that earlier runs have done for it.
        resumes: The run that it goes on with; None for a run of its own.
        cursors: Per input of a job, up to where the run that it goes on with read a database or an API.
    """

    run_id: str
    started_at: str
    logical_at: str
    jobs: tuple[str, ...]
    versions: Mapping[str, int | None] = field(default_factory=dict)
    done: tuple[str, ...] = ()
    resumes: str | None = None
    cursors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reached:
    """Up to where a run reads a database or an API.

    Attributes:
        job: The job.
        name: Name that it gives the input.
        bound: The greatest value of the cursor, as `kind:value`.
    """

    job: str
    name: str
    bound: str


@dataclass(frozen=True)
class Note:
    """How a job ended.

    Attributes:
        job: The job.
        run_id: Its run.
        status: How it ended.
        versions: Per table that it writes, the version that it left it at.
    """

    job: str
    run_id: str
    status: str
    versions: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class End:
    """How a run ended.

    Attributes:
        status: Its status.
        undone: Tables that were taken back.
    """

    status: str
    undone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Past:
    """A run that was.

    Attributes:
        beginning: What it was about.
        notes: The jobs that ended.
        end: How it ended; None where it was killed, or is still under way.
        reached: Up to where it read databases and APIs.
    """

    beginning: Beginning
    notes: tuple[Note, ...]
    end: End | None
    reached: tuple[Reached, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether nothing is left to do."""
        return self.end is not None and self.end.status in _GOOD

    @property
    def done(self) -> tuple[str, ...]:
        """The jobs that need not be run again, in their order; what was taken back is to be done again."""
        good = {note.job for note in self._good()}
        return (*self.beginning.done, *(job for job in self.beginning.jobs if job in good))

    @property
    def left(self) -> tuple[str, ...]:
        """The jobs that are still to be run, in their order."""
        return tuple(job for job in self.beginning.jobs if job not in self.done)

    @property
    def pins(self) -> Pins:
        """What a run that goes on with it reads."""
        made = {table: version for note in self._good() for table, version in note.versions.items()}
        return Pins(
            datetime.fromisoformat(self.beginning.logical_at),
            {**self.beginning.versions, **made},
            cursors={**{f"{one.job}/{one.name}": one.bound for one in self.reached}, **self.beginning.cursors},
            is_resuming=True,
        )

    def _good(self) -> Iterator[Note]:
        undone = set(self.end.undone) if self.end else set()
        return (note for note in self.notes if note.status in _GOOD and undone.isdisjoint(note.versions))


class Journal:
    """The journal of one run: `_tidegate/pipelines/<name>/runs/date=<day>/<run id>/`, a small file per job that ended.

    What cannot be written down is logged; the run goes on.
    """

    def __init__(self, folder: str, beginning: Beginning) -> None:
        """Write down what the run is about.

        Args:
            folder: The folder of the pipeline.
            beginning: What the run is about.
        """
        self._folder = storage.join(folder, "runs", f"date={beginning.started_at[:10]}", beginning.run_id)
        self.beginning = beginning
        self._write(_START, beginning)

    def note(self, report: RunReport) -> None:
        """Write down that a job has ended, whether well or not."""
        tables = (report.output.tables or (report.output,)) if report.output else ()
        versions = {table.table: table.version_after for table in tables}
        self._write(quote(report.job, safe="") + _JOB, Note(report.job, report.run_id, report.status, versions))

    def reached(self, job: str, name: str, bound: str) -> None:
        """Write down up to where a job reads a database or an API, before it does.

        Args:
            job: The job.
            name: Name that it gives the input.
            bound: The greatest value of the cursor, as `kind:value`.
        """
        self._write(quote(f"{job}/{name}", safe="") + _REACH, Reached(job, name, bound))

    def end(self, report: PipelineReport) -> None:
        """Write down how the run ended."""
        undone = tuple(table.table for table in report.rolled_back if table.error is None)
        self._write(_END, End(report.status, undone))

    def _write(self, name: str, facts: Beginning | Note | Reached | End) -> None:
        try:
            storage.replace(storage.join(self._folder, name), json.dumps(asdict(facts)).encode())
        except TidegateError as error:
            _log.warning(
                "the journal %s cannot be written, so this run cannot be resumed: %s", self._folder, error.what
            )


def pipeline_folder(root: str, pipeline: str) -> str:
    """Return the folder in which the lake keeps what concerns the runs of a pipeline."""
    return storage.join(root, *PIPELINES, quote(pipeline, safe=""))


def last_run(folder: str) -> Past | None:
    """Return the last run of a pipeline, by its start; None where there never was one.

    Args:
        folder: The folder of the pipeline.

    Raises:
        StorageError: The journal cannot be read.
        ReportError: It is no journal.
    """
    runs = storage.join(folder, "runs")
    for day in sorted(storage.list_names(runs), reverse=True):
        for run in sorted(storage.list_names(storage.join(runs, day)), reverse=True):  # ids sort by time
            place = storage.join(runs, day, run)
            try:
                beginning = decode(Beginning, _text(place, _START))
            except MissingFileError:  # killed before it was written down what the run is about
                continue
            return _past(place, beginning)
    return None


def _past(place: str, beginning: Beginning) -> Past:
    names = storage.list_names(place)
    notes = tuple(decode(Note, _text(place, name)) for name in names if name.endswith(_JOB))
    reached = tuple(decode(Reached, _text(place, name)) for name in names if name.endswith(_REACH))
    return Past(beginning, notes, decode(End, _text(place, _END)) if _END in names else None, reached)


def _text(place: str, name: str) -> str:
    return storage.read_bytes(storage.join(place, name)).decode(errors="replace")
