"""Any report that a run could end in, whatever its numbers and texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timezone

from hypothesis import strategies as st

from tidegate.model.column_lineage import ColumnLineage, Derivation
from tidegate.model.events import RunStarted
from tidegate.model.late_rows import LateRows
from tidegate.model.reports import PipelineReport, RunReport
from tidegate.model.resources import Resources

# A mapping is a plain dictionary, as JSON gives it back.
st.register_type_strategy(
    ColumnLineage,
    st.builds(
        ColumnLineage,
        st.dictionaries(st.text(max_size=5), st.from_type(Derivation), max_size=2),
        st.from_type(Derivation),
    ),
)

RUN_IDS = st.uuids().map(str)
MOMENTS = st.datetimes(timezones=st.just(timezone.utc)).map(lambda moment: moment.isoformat())
SECONDS = st.dictionaries(st.text(max_size=5), st.floats(0, 1e6), max_size=3)
COUNTED = st.none() | st.integers(0, 2**40)
LATE = st.builds(
    LateRows, st.text(max_size=5), st.integers(), st.dictionaries(st.integers(), st.integers(), max_size=3)
)
STARTS = st.builds(
    replace,
    st.from_type(RunStarted),
    run_id=RUN_IDS,
    started_at=MOMENTS,
    parent_run_id=st.none() | RUN_IDS,
)
REPORTS = st.builds(
    replace,
    st.from_type(RunReport),
    run_id=RUN_IDS,
    started_at=MOMENTS,
    ended_at=MOMENTS,
    late=st.none() | LATE,
    seconds=SECONDS,
    score=st.none() | st.floats(0, 1),
    resources=st.none() | st.builds(Resources, COUNTED, COUNTED, COUNTED, COUNTED, COUNTED),
    quarantined_by=st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    parent_run_id=st.none() | RUN_IDS,
)
PIPELINE_REPORTS = st.builds(
    PipelineReport,
    RUN_IDS,
    st.text(),
    st.sampled_from(["succeeded", "nothing_new", "failed", "refused", "partial"]),
    MOMENTS,
    MOMENTS,
    st.lists(REPORTS, max_size=2).map(tuple),
    SECONDS,
)
