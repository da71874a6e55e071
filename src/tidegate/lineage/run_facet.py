"""The facet of a run that says what the standard ones have no place for. Needs the client."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from openlineage.client.facet_v2 import RunFacet

if TYPE_CHECKING:
    from tidegate.model.reports import RunReport

NAME = "tidegate_run"


def run_facet(report: RunReport, producer: str) -> RunFacet:
    """Return the batch of a run, the rows by what became of them, and the versions that were read and written.

    By these a row of one table is followed to the next: which run read the version that a batch has made.
    """
    written = (report.output.tables or (report.output,)) if report.output else ()
    return cast(
        "RunFacet",
        RunFacet(producer=producer).with_additional_properties(
            batch=report.batch,
            scope=report.scope,
            interval=report.interval,
            seconds=report.seconds.get("total"),
            counts=asdict(report.counts),
            reads=[
                {"table": read.table, "kind": read.kind, "after": read.version_from, "to": read.version_to}
                for read in report.inputs
            ],
            writes=[{"table": one.table, "before": one.version_before, "after": one.version_after} for one in written],
        ),
    )
