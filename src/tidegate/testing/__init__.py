"""Help for tests of jobs: a session, a guard that forbids actions, cases for transforms, and the laws."""

from __future__ import annotations

from tidegate.testing.cases import job_case
from tidegate.testing.contracts import check_columns, check_compatible
from tidegate.testing.guard import forbid_actions
from tidegate.testing.laws import check_conservation, check_order, check_replay
from tidegate.testing.sandbox import Sandbox
from tidegate.testing.session import local_session

__all__ = [
    "Sandbox",
    "check_columns",
    "check_compatible",
    "check_conservation",
    "check_order",
    "check_replay",
    "forbid_actions",
    "job_case",
    "local_session",
]
