"""The record of every run as a file in the lake, and reading the newest of them without Spark."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from tidegate.errors import ReportError, TidegateError
from tidegate.model.commits import LIVE
from tidegate.model.events import Observer
from tidegate.model.reports import EXIT_CODES, PipelineReport, RunReport
from tidegate.storage import join, list_names, read_bytes, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


_log = logging.getLogger("tidegate.lineage")

RUNS = ("_tidegate", "runs")
_SUFFIX = ".json"
_LABEL_LENGTH = 120
_LEAST_OF_ID = 8
_TELLING = frozenset({"succeeded", "nothing_new", "failed", "refused"})

Report: TypeAlias = RunReport | PipelineReport


class RunRecords(Observer):
    """Keeps the record of every run, written as the run ends.

    The file is `_tidegate/runs/date=<day of the start>/<run id>.<job|pipeline>.<status>.<name>.json`: run ids sort by
    time, so the newest records are found, and filtered, by their names alone.
    """

    def __init__(self, root: str) -> None:
        """Write below the root of a lake."""
        self._root = root

    def ended(self, report: RunReport) -> None:
        """Write the record of a job's run."""
        self._write(report, "job", report.job)

    def pipeline_ended(self, report: PipelineReport) -> None:
        """Write the record of a pipeline's run."""
        self._write(report, "pipeline", report.pipeline)

    def _write(self, report: Report, kind: str, name: str) -> None:
        file = f"{report.run_id}.{kind}.{report.status}.{_label(name)}{_SUFFIX}"
        try:
            replace(join(self._root, *RUNS, f"date={report.started_at[:10]}", file), report.to_json().encode())
        except TidegateError as error:
            _log.warning("the record of run %s of %s cannot be written: %s", report.run_id, name, error.what)


@dataclass(frozen=True)
class _Record:
    """What the name of a record's file says."""

    uri: str
    run_id: str
    kind: str
    status: str
    label: str

    @property
    def has_failed(self) -> bool:
        return self.status in {status for status, code in EXIT_CODES.items() if code}


def read_runs(
    root: str, *, limit: int = 20, job: str | None = None, table: str | None = None, failed: bool = False
) -> tuple[Report, ...]:
    """Return the newest records of runs, by their start, newest first. Only the files that are returned are read.

    A pipeline's run and the runs of its jobs are records of their own. A file that is not a record is left out, with a
    warning.

    Args:
        root: Root of the lake.
        limit: How many at most.
        job: Only runs of this job or pipeline.
        table: Only runs of jobs that read or wrote this table.
        failed: Only runs that did not end well: failed, refused, in part, or skipped.

    Raises:
        StorageError: The folder of the records cannot be listed.
    """
    wanted = (record for record in _newest(root) if _is_of(record, job) and (record.has_failed or not failed))
    reports = (report for record in wanted if (report := _read(record)) is not None)
    chosen = (report for report in reports if job in {None, report.name} and _concerns(report, table))
    return tuple(islice(chosen, limit))


def find_run(root: str, run: str) -> Report:
    """Return the record of one run: the one whose id begins so, or else the newest of that job or pipeline.

    Args:
        root: Root of the lake.
        run: A run's id, the beginning of one (eight characters or more), or the name of a job or a pipeline.

    Raises:
        ReportError: There is none, or the beginning is that of several.
        StorageError: The folder of the records cannot be listed.
    """
    found = [record for record in _newest(root) if _is_called(record, run)]
    if len(found) > 1:
        raise ReportError(
            f"{len(found)} runs have an id that begins with {run}",
            where=join(root, *RUNS),
            hint=f"more of the id: {', '.join(record.run_id for record in found[:3])}",
        )
    for report in (*map(_read, found), *read_runs(root, limit=1, job=run)):
        if report is not None:
            return report
    raise ReportError(
        f"there is no record of a run {run}", where=join(root, *RUNS), hint="`tidegate runs` lists the newest"
    )


def failing_runs(root: str, jobs: Collection[str]) -> Mapping[str, tuple[RunReport, ...]]:
    """Return, per job whose newest live run failed or was refused, those that did so since one was good, newest first.

    Runs of backfills and replays say nothing of what is new, and are passed over.

    Args:
        root: Root of the lake.
        jobs: The jobs to look at.

    Raises:
        StorageError: The folder of the records cannot be listed.
    """
    found: dict[str, list[RunReport]] = {}
    labels = {_label(job): job for job in jobs}
    for record in _newest(root):
        if not labels:
            break
        if record.kind != "job" or record.label not in labels or record.status not in _TELLING:
            continue
        report = _read(record)
        if not isinstance(report, RunReport) or report.scope != LIVE or report.job != labels[record.label]:
            continue
        if record.has_failed:
            found.setdefault(report.job, []).append(report)
        else:
            del labels[record.label]
    return {job: tuple(reports) for job, reports in sorted(found.items())}


def _is_called(record: _Record, run: str) -> bool:
    return record.run_id == run or (len(run) >= _LEAST_OF_ID and record.run_id.startswith(run))


def _label(name: str) -> str:
    """Return a name as it can be part of a file's name; long names are cut."""
    return quote(name, safe="")[:_LABEL_LENGTH]


def _newest(root: str) -> Iterator[_Record]:
    for day in sorted(list_names(join(root, *RUNS)), reverse=True):
        if not day.startswith("date="):
            continue
        folder = join(root, *RUNS, day)
        for file in sorted(list_names(folder), reverse=True):
            parts = file.removesuffix(_SUFFIX).split(".", maxsplit=3)
            if file.endswith(_SUFFIX) and len(parts) == 4:  # noqa: PLR2004 - run id, kind, status, name
                yield _Record(join(folder, file), *parts)


def _is_of(record: _Record, job: str | None) -> bool:
    return job is None or record.label == _label(job)


def _concerns(report: Report, table: str | None) -> bool:
    if table is None:
        return True
    if isinstance(report, PipelineReport):
        return False
    written = (report.output, *report.output.tables) if report.output else ()
    return table in {*(read.table for read in report.inputs), *(one.table for one in written)}


def _read(record: _Record) -> Report | None:
    try:
        text = read_bytes(record.uri).decode()
        return PipelineReport.from_json(text) if record.kind == "pipeline" else RunReport.from_json(text)
    except (ReportError, UnicodeDecodeError) as error:
        _log.warning("%s is not the record of a run (%s); it is left out", record.uri, error)
        return None
